// SPDX-License-Identifier: Apache-2.0
import { attemptTwice, command, kernelCall, type Attempt } from "./attempt.ts";

const refusedByManager = /Access denied|AccessDenied/;

/** Becoming somebody else, and asking a service of root's to do it. */
export const privilegeAttempts: readonly Attempt[] = [
  command("finds sudo", "sudo -n id", /sudo: not found$/),
  command("finds pkexec", "pkexec id", /pkexec: not found$/),
  command("becomes root by su", "su -c id </dev/null", /Authentication failure$/),
  command("becomes clawsd by su", "su -s /bin/sh clawsd -c id </dev/null", /Authentication failure$/),
  command("changes a password", "passwd </dev/null", /password unchanged|Authentication token/),
  command("finds a setuid or setgid program", "find / -xdev -type f -perm /6000 2>/dev/null", ""),
  command("finds a program with capabilities", "/usr/sbin/getcap -r / 2>/dev/null", ""),
  command(
    "finds a folder of the system that it may write to",
    "find /etc /opt /usr /boot /var/lib/office-claws /run/office-claws /run/systemd -writable ! -type l ! -type s ! -type c 2>/dev/null",
    "",
  ),
  kernelCall("becomes root by setresuid", "become 0", "EPERM"),
  kernelCall("becomes clawsd by setresuid", "become 940", "EPERM"),
  kernelCall("joins clawsd's group", "groups 940", "EPERM"),
  command("joins clawsd's group by setpriv", "setpriv --reuid clawsd --clear-groups id", /Operation not permitted$/),
  kernelCall("mounts", "mount", "EPERM"),
  kernelCall("changes its root", "chroot", "EPERM"),
  kernelCall("makes a mount namespace", "mount-namespace", "EPERM"),
  kernelCall("makes a network namespace", "network-namespace", "EPERM"),
  command("makes a device of the disk", "mknod /tmp/disk b 8 0", /Operation not permitted$/),
  // Debian's kernel refuses the namespace itself (kernel.unprivileged_userns_clone); the lab's, which has no such switch, grants it.
  ...[
    ["attaches to the daemon", "in-user-namespace-attach {clawsd}", "EPERM"],
    ["signals the daemon", "in-user-namespace-signal {clawsd} 10", "EPERM"],
    ["opens the daemon's memory", "in-user-namespace-open /proc/{clawsd}/mem", "EACCES"],
    ["opens the audit file", "in-user-namespace-open /var/lib/clawsd/audit.jsonl", "EACCES"],
    ["listens on a privileged port", "in-user-namespace-listen", "EACCES"],
    ["opens a packet socket", "in-user-namespace-raw", "EPERM"],
  ].map(([what = "", words = "", code = ""]) =>
    attemptTwice(
      `is root of a user namespace of its own and ${what}`,
      ["{probe}", ...words.split(" ")],
      new RegExp(`^(?:${code}|no user namespace: EPERM)$`),
      "no user namespace: EPERM",
    ),
  ),
  kernelCall("loads a BPF program", "bpf", "EPERM"),
  kernelCall("opens userfaultfd", "userfaultfd", "EPERM"),
  kernelCall("sets the clock", "clock", "EPERM"),
  kernelCall("renames the machine", "hostname", "EPERM"),
  kernelCall("switches swap on", "swap", "EPERM"),
  kernelCall("reboots", "reboot", "EPERM"),
  kernelCall("opens a file by its handle", "handle", "EPERM"),
  kernelCall("reads the kernel's log", "kernel-log", "EPERM"),
  kernelCall("reads clawsd's persistent keyring", "keyring-of 940", "EPERM"),
  command("starts a unit of its own", "systemd-run id", refusedByManager),
  command("restarts the daemon", "systemctl restart clawsd", refusedByManager),
  command("stops the packet filter's unit", "systemctl stop claws-nftables", refusedByManager),
  command("starts the unit of its own ways out", "systemctl restart claws-egress", refusedByManager),
  command("kills the daemon through PID 1", "systemctl kill -s SIGSEGV clawsd", refusedByManager),
  command("changes the daemon's unit", "systemctl set-property --runtime clawsd MemoryMax=1M", refusedByManager),
  command("reloads all units", "systemctl daemon-reload", refusedByManager),
  command("reboots through PID 1", "systemctl reboot", refusedByManager),
  command(
    "gives every unit NODE_OPTIONS",
    "busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager SetEnvironment as 1 NODE_OPTIONS=--inspect",
    refusedByManager,
  ),
  command("reconfigures the network", "networkctl reload", refusedByManager),
  command("finds cron or at", "command -v crontab at batch", ""),
];
