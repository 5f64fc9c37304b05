// SPDX-License-Identifier: Apache-2.0
import { command, kernelCall, type Attempt } from "./attempt.ts";

/** Reading, stopping or changing the daemon through the kernel's means for processes. In the sandbox /proc does not even show it. */
export const processAttempts: readonly Attempt[] = [
  kernelCall("attaches to the daemon as a debugger", "attach {clawsd}", "EPERM"),
  kernelCall("seizes the daemon as a debugger", "seize {clawsd}", "EPERM"),
  kernelCall("reads the daemon's memory with process_vm_readv", "read-memory {clawsd}", "EPERM"),
  kernelCall("takes a file descriptor out of the daemon", "steal-descriptor {clawsd}", "EPERM"),
  kernelCall("watches the daemon with performance counters", "performance {clawsd}", "EACCES", "EPERM"),
  kernelCall("compares itself with the daemon (kcmp)", "compare {clawsd}", "EPERM"),
  kernelCall("moves pages of the daemon", "move-pages {clawsd}", "EPERM"),
  kernelCall("changes the daemon's limits", "limits {clawsd}", "EPERM"),
  kernelCall("slows the daemon down", "priority {clawsd}", "EPERM"),
  ...["mem", "maps", "environ", "auxv", "stack", "syscall", "fd", "root", "cwd", "map_files"].map((file) =>
    kernelCall(`opens the daemon's /proc/PID/${file}`, `open-read /proc/{clawsd}/${file}`, "EACCES", "ENOENT"),
  ),
  ...["mem", "coredump_filter", "oom_score_adj", "clear_refs"].map((file) =>
    kernelCall(`writes the daemon's /proc/PID/${file}`, `open-write /proc/{clawsd}/${file}`, "EACCES", "ENOENT"),
  ),
  kernelCall("sends SIGUSR1 to open the daemon's inspector", "signal {clawsd} 10", "EPERM"),
  kernelCall("sends SIGUSR2 to make the daemon write its heap", "signal {clawsd} 12", "EPERM"),
  kernelCall("sends SIGQUIT to make the daemon dump core", "signal {clawsd} 3", "EPERM"),
  kernelCall("sends SIGSEGV to make the daemon dump core", "signal {clawsd} 11", "EPERM"),
  kernelCall("sends SIGKILL to the daemon", "signal {clawsd} 9", "EPERM"),
  kernelCall("sends SIGSTOP to the daemon", "signal {clawsd} 19", "EPERM"),
  kernelCall("sends SIGTERM to PID 1", "signal 1 15", "EPERM"),
  kernelCall("sends PID 1 the signal to reboot", "signal 1 39", "EPERM"),
  ...["mnt", "net", "pid", "user", "ipc"].map((kind) =>
    kernelCall(`joins the daemon's ${kind} namespace`, `namespace {clawsd} ${kind}`, "EACCES", "ENOENT"),
  ),
  kernelCall("joins PID 1's mount namespace", "namespace 1 mnt", "EACCES", "ENOENT"),
  command(
    "reads the environment of everybody",
    "cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -c -e 'sk-an[t]' -e 'tske[y]'",
    "0",
  ),
  command(
    "reads the arguments of everybody",
    "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c -e 'sk-an[t]' -e 'tske[y]'",
    "0",
  ),
];
