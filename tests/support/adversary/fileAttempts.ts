// SPDX-License-Identifier: Apache-2.0
import { command, kernelCall, type Attempt } from "./attempt.ts";

const created = (file: string, bare: string, sandboxed = bare): Attempt =>
  kernelCall(`creates ${file}`, `create ${file}`, bare, sandboxed);
const read = (file: string, bare = "EACCES", sandboxed = bare): Attempt =>
  kernelCall(`reads ${file}`, `open-read ${file}`, bare, sandboxed);
const written = (file: string, bare = "EACCES", sandboxed = bare): Attempt =>
  kernelCall(`writes ${file}`, `open-write ${file}`, bare, sandboxed);

/** Files of the daemon, of the system and of the kernel. */
export const fileAttempts: readonly Attempt[] = [
  read("/var/lib/clawsd"),
  read("/var/lib/clawsd/audit.jsonl"),
  written("/var/lib/clawsd/audit.jsonl"),
  read("/etc/shadow"),
  read("/var/lib/tailscale"),
  read("/var/lib/tailscale/tailscaled.state"),
  read("/run/tailscale"),
  read("/proc/kmsg", "EACCES", "ENOENT"),
  // The lab's droplets have none of these devices; on a real one the workload's unit hides them (PrivateDevices).
  read("/dev/mem", "ENOENT"),
  read("/dev/sda", "ENOENT"),
  read("/proc/kcore", "ENOENT"),
  written("/proc/sys/kernel/core_pattern", "EACCES", "ENOENT"),
  written("/opt/office-claws/bin/node"),
  written("/opt/office-claws/agent-image/daemon/main.js"),
  written("/etc/systemd/system/clawsd.service"),
  written("/etc/office-claws/nftables.nft"),
  written("/var/lib/office-claws/agent.json"),
  written("/etc/hosts"),
  written("/etc/resolv.conf"),
  written("/run/systemd/private"),
  written("/run/office-claws/agent-token"),
  created("/run/office-claws/restart-workload", "EACCES"),
  created("/run/office-claws/.agent-token", "EACCES"),
  created("/run/claws-egress/rules.nft", "EACCES"),
  created("/run/systemd/system/own.service", "EACCES"),
  created("/var/lib/clawsd/x", "EACCES"),
  created("/opt/office-claws/x", "EACCES", "EROFS"),
  created("/etc/x", "EACCES", "EROFS"),
  created("/etc/ld.so.preload", "EACCES", "EROFS"),
  created("/etc/systemd/system/own.service", "EACCES", "EROFS"),
  created("/var/lib/office-claws/x", "EACCES", "EROFS"),
  created("/usr/local/bin/node2", "EACCES", "EROFS"),
  kernelCall(
    "puts another file where the placeholder is",
    "rename /run/office-claws/agent-token /run/office-claws/y",
    "EACCES",
  ),
  kernelCall("links the placeholder's name away", "link /run/office-claws/agent-token /run/office-claws/z", "EPERM"),
  command(
    "puts a symbolic link where the daemon writes",
    "ln -s /etc/passwd /run/office-claws/.agent-token.1",
    /Permission denied$/,
  ),
  command("reads the journal", "journalctl --no-pager -q -n 1", /insufficient permissions|^$/),
  command("reads the journal's files", "cat /var/log/journal/*/*.journal", /Permission denied$/),
  command("reads the kernel's log", "dmesg", /Operation not permitted|Permission denied/),
  command(
    "moves itself to another control group",
    "for f in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs; do echo $$ 2>/dev/null >$f && echo moved; done 2>/dev/null; true",
    "",
  ),
];
