// SPDX-License-Identifier: Apache-2.0
// probe WHAT [ARGUMENT]...: tries one thing that the kernel must refuse, and prints "allowed" or the name of the error. Compiled on the
// host without any library, because the agent image has no compiler and Node has no such calls.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/if_packet.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *is(const char *what, const char *name) { return strcmp(what, name) == 0 ? name : NULL; }

static long read_memory(pid_t pid) {
  static char into[64];
  struct iovec local = {into, sizeof into};
  // Where programs of 64 bits usually begin; the kernel looks at the right before it looks at the address.
  struct iovec remote = {(void *)0x400000, sizeof into};
  return process_vm_readv(pid, &local, 1, &remote, 1, 0);
}

static long join_namespace(const char *pid, const char *kind) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%s/ns/%s", pid, kind);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  return file < 0 ? -1 : setns(file, 0);
}

static long steal_descriptor(pid_t pid) {
  long process = syscall(SYS_pidfd_open, pid, 0);
  return process < 0 ? -1 : syscall(SYS_pidfd_getfd, (int)process, 0, 0);
}

static long listen_at(const char *address, const char *port, int seconds) {
  int six = strchr(address, ':') != NULL;
  struct sockaddr_in6 at6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(port))};
  struct sockaddr_in at4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
  inet_pton(six ? AF_INET6 : AF_INET, address, six ? (void *)&at6.sin6_addr : (void *)&at4.sin_addr);
  int server = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
  const int yes = 1;
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  setsockopt(server, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
  long bound = six ? bind(server, (void *)&at6, sizeof at6) : bind(server, (void *)&at4, sizeof at4);
  if (bound == 0) bound = listen(server, 16);
  if (bound == 0 && seconds > 0) {
    puts("allowed");
    fflush(stdout);
    sleep((unsigned)seconds);
    exit(0);
  }
  return bound;
}

static long change_limits(pid_t pid) {
  struct rlimit none = {0, 0};
  return prlimit(pid, RLIMIT_AS, &none, NULL);
}

static long enter_user_namespace(void) {
  if (unshare(CLONE_NEWUSER) == 0) return 0;
  printf("no user namespace: %s\n", strerrorname_np(errno));
  exit(0);
}

static long watch_performance(pid_t pid) {
  char attributes[128] = {0};
  attributes[4] = sizeof attributes;
  return syscall(SYS_perf_event_open, attributes, pid, -1, -1, 0);
}

static long attempt(int count, char **arguments) {
  const char *what = arguments[1];
  const char *first = count > 2 ? arguments[2] : "", *second = count > 3 ? arguments[3] : "";
  pid_t pid = (pid_t)atoi(first);
  if (is(what, "attach")) return ptrace(PTRACE_ATTACH, pid, 0, 0);
  if (is(what, "seize")) return ptrace(PTRACE_SEIZE, pid, 0, 0);
  if (is(what, "read-memory")) return read_memory(pid);
  if (is(what, "steal-descriptor")) return steal_descriptor(pid);
  if (is(what, "performance")) return watch_performance(pid);
  if (is(what, "compare")) return syscall(SYS_kcmp, pid, getpid(), 1, 0, 0);
  if (is(what, "move-pages")) return syscall(SYS_move_pages, pid, 1, &(void *){(void *)0x400000}, NULL, &(int){0}, 0);
  if (is(what, "limits")) return change_limits(pid);
  if (is(what, "priority")) return setpriority(PRIO_PROCESS, (id_t)pid, 19);
  if (is(what, "signal")) return kill(pid, atoi(second));
  if (is(what, "namespace")) return join_namespace(first, second);
  if (is(what, "open-read")) return open(first, O_RDONLY | O_CLOEXEC);
  if (is(what, "open-write")) return open(first, O_WRONLY | O_CLOEXEC);
  if (is(what, "create")) return open(first, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (is(what, "rename")) return rename(first, second);
  if (is(what, "link")) return link(first, second);
  if (is(what, "become")) return setresuid((uid_t)pid, (uid_t)pid, (uid_t)pid);
  if (is(what, "groups")) return setgroups(1, &(gid_t){(gid_t)pid});
  if (is(what, "raw")) return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  if (is(what, "raw6")) return socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
  if (is(what, "packet")) return socket(AF_PACKET, SOCK_RAW, htons(0x0003));
  if (is(what, "ping")) {
    struct sockaddr_in to = {.sin_family = AF_INET};
    inet_pton(AF_INET, first, &to.sin_addr);
    const char echo[8] = {8};
    int ping = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
    return ping < 0 ? -1 : sendto(ping, echo, sizeof echo, 0, (void *)&to, sizeof to);
  }
  if (is(what, "listen")) return listen_at(first, second, count > 4 ? atoi(arguments[4]) : 0);
  if (is(what, "mount")) return mount("tmpfs", "/mnt", "tmpfs", 0, NULL);
  if (is(what, "chroot")) return chroot("/");
  if (is(what, "user-namespace")) return unshare(CLONE_NEWUSER);
  if (is(what, "mount-namespace")) return unshare(CLONE_NEWNS);
  if (is(what, "network-namespace")) return unshare(CLONE_NEWNET);
  // What root of a namespace of one's own gains over the machine's: nothing.
  if (is(what, "in-user-namespace-raw")) return enter_user_namespace(), socket(AF_PACKET, SOCK_RAW, htons(0x0003));
  if (is(what, "in-user-namespace-attach")) return enter_user_namespace(), ptrace(PTRACE_ATTACH, pid, 0, 0);
  if (is(what, "in-user-namespace-listen")) return enter_user_namespace(), listen_at("127.0.0.1", "80", 0);
  if (is(what, "in-user-namespace-open")) return enter_user_namespace(), open(first, O_RDONLY | O_CLOEXEC);
  if (is(what, "in-user-namespace-signal")) return enter_user_namespace(), kill(pid, atoi(second));
  if (is(what, "bpf")) return syscall(SYS_bpf, 5, (char[128]){1}, 128);
  if (is(what, "io-uring")) return syscall(SYS_io_uring_setup, 1, (char[256]){0});
  if (is(what, "userfaultfd")) return syscall(SYS_userfaultfd, 0);
  if (is(what, "module")) return syscall(SYS_init_module, "", 0, "");
  if (is(what, "kexec")) return syscall(SYS_kexec_load, 0, 0, NULL, 0);
  if (is(what, "reboot")) return syscall(SYS_reboot, 0xfee1dead, 672274793, 0x89abcdef, NULL);
  if (is(what, "swap")) return syscall(SYS_swapon, "/var/tmp/swap", 0);
  if (is(what, "clock")) return syscall(SYS_clock_settime, 0, &(struct timespec){0, 0});
  if (is(what, "hostname")) return sethostname("other", 5);
  if (is(what, "handle")) return syscall(SYS_open_by_handle_at, AT_FDCWD, (char[16]){8, 0, 0, 0, 1}, O_RDONLY);
  if (is(what, "io-ports")) return syscall(SYS_iopl, 3);
  if (is(what, "kernel-log")) return syscall(SYS_syslog, 3, (char[64]){0}, 64);
  if (is(what, "keyring-of")) return syscall(SYS_keyctl, KEYCTL_GET_PERSISTENT, pid, KEY_SPEC_PROCESS_KEYRING);
  fprintf(stderr, "probe: unknown attempt \"%s\"\n", what);
  exit(2);
}

int main(int count, char **arguments) {
  if (count < 2) return 2;
  long outcome = attempt(count, arguments);
  puts(outcome < 0 ? strerrorname_np(errno) : "allowed");
  return 0;
}
