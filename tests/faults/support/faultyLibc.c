// SPDX-License-Identifier: Apache-2.0
// Preloaded into a program, it makes the C library fail, wait or tell another time, as the environment says:
//   FAULT=call:errno:text[:nth]  the nth call (default: each) on a file whose path holds the text fails with that error
//                                call: open, write, fsync, fsync-folder, rename, link, unlink
//   FAULT=call:KILL:text[:nth]   that call kills the process instead, half of its bytes written
//   FAULT=call:WAIT:text[:nth]   that call makes the file $FAULT_FLAG and waits until somebody removes it
//   CLOCK_OFFSET=seconds         added to the time of day
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static char call_name[32], kind[16], needle[256];
static int nth, seen;
static long clock_offset;

__attribute__((constructor)) static void read_environment(void) {
  const char *fault = getenv("FAULT");
  if (fault != NULL) sscanf(fault, "%31[^:]:%15[^:]:%255[^:]:%d", call_name, kind, needle, &nth);
  const char *offset = getenv("CLOCK_OFFSET");
  if (offset != NULL) clock_offset = atol(offset);
}

static int error_number(void) {
  static const struct { const char *name; int number; } errors[] = {
      {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT}, {"EIO", EIO}, {"EROFS", EROFS}, {"EACCES", EACCES}};
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (strcmp(kind, errors[i].name) == 0) return errors[i].number;
  return EINVAL;
}

static void wait_for_flag(void) {
  const char *flag = getenv("FAULT_FLAG");
  if (flag == NULL) abort();
  int file = creat(flag, 0600);
  if (file >= 0) close(file);
  while (access(flag, F_OK) == 0) usleep(2000);
}

/** Whether it is this call's turn. */
static int is_due(const char *call, const char *path) {
  if (kind[0] == '\0' || strcmp(call, call_name) != 0 || strstr(path, needle) == NULL) return 0;
  return __atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST) == nth || nth == 0;
}

/** Does what was ordered. Whether the call fails: errno is set then. */
static int strike(void) {
  if (strcmp(kind, "KILL") == 0) raise(SIGKILL);
  if (strcmp(kind, "WAIT") == 0) {
    wait_for_flag();
    return 0;
  }
  errno = error_number();
  return 1;
}

static int struck(const char *call, const char *path) { return is_due(call, path) && strike(); }

static const char *path_of(int file, char *buffer, size_t size) {
  char link_path[64];
  snprintf(link_path, sizeof link_path, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link_path, buffer, size - 1);
  buffer[length > 0 ? length : 0] = '\0';
  return buffer;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/** A disk that fills up, or a process that dies, leaves the first half of what it was given. */
static int faulty_write(int file, const void *bytes, size_t size) {
  char path[4096];
  if (strcmp(call_name, "write") != 0 || !is_due("write", path_of(file, path, sizeof path))) return 0;
  if (strcmp(kind, "WAIT") != 0 && REAL(write)(file, bytes, size / 2) < 0) return 1;
  return strike();
}

ssize_t write(int file, const void *bytes, size_t size) {
  return faulty_write(file, bytes, size) ? -1 : REAL(write)(file, bytes, size);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t at) {
  return faulty_write(file, bytes, size) ? -1 : REAL(pwrite64)(file, bytes, size, at);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t at) {
  return faulty_write(file, bytes, size) ? -1 : REAL(pwrite)(file, bytes, size, at);
}

int fsync(int file) {
  char path[4096];
  struct stat stats;
  int is_folder = fstat(file, &stats) == 0 && S_ISDIR(stats.st_mode);
  if (struck(is_folder ? "fsync-folder" : "fsync", path_of(file, path, sizeof path))) return -1;
  return REAL(fsync)(file);
}

static int faulty_open(const char *path, int flags) {
  return (flags & O_CREAT) != 0 && struck("open", path);
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return faulty_open(path, flags) ? -1 : REAL(open64)(path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return faulty_open(path, flags) ? -1 : REAL(open)(path, flags, mode);
}

int rename(const char *from, const char *to) { return struck("rename", to) ? -1 : REAL(rename)(from, to); }

int link(const char *from, const char *to) { return struck("link", to) ? -1 : REAL(link)(from, to); }

int unlink(const char *path) { return struck("unlink", path) ? -1 : REAL(unlink)(path); }

int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = REAL(clock_gettime)(clock, now);
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += clock_offset;
  return result;
}

int gettimeofday(struct timeval *now, void *zone) {
  int result = REAL(gettimeofday)(now, zone);
  now->tv_sec += clock_offset;
  return result;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}
