// SPDX-License-Identifier: Apache-2.0
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { access, open } from "node:fs/promises";
import { finishCommand } from "../network/command.ts";
import { namespaceFile, namespaceInode } from "../network/namespaces.ts";
import { createControlGroups } from "./controlGroup.ts";
import type { ProcessIdentity } from "./procfs.ts";
import { childrenOf, commandName, namespacePids, networkNamespaceOf } from "./procfs.ts";

/** What to boot. */
export interface NspawnOptions {
  /** Name of the machine, of its network namespace and of its control group. */
  readonly name: string;
  /** Folder that becomes its root. */
  readonly root: string;
  /** File that its console is appended to. */
  readonly console: string;
  /** Run that it belongs to. */
  readonly run: string;
}

/** nspawn's exit code for "the machine wants to boot again". */
export const rebootExitCode = 133;

/** What systemd as PID 1 takes as orders; Linux numbers real-time signals from 34. */
export const systemdSignal = { powerOff: 34 + 4, reboot: 34 + 5 } as const;

/** Joins the control groups before the first "--", then becomes the program after it: nspawn takes over the group it starts in. */
const launcher = 'while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs" || exit 125; shift; done; shift; exec "$@"';

/** Arguments that boot the machine; see facts in docs of systemd-nspawn(1) for each. */
export function nspawnArguments({ name, root }: NspawnOptions): readonly string[] {
  return [
    // Dies with the process that runs the lab's world, by an orderly shutdown.
    ...["setpriv", "--pdeathsig", "TERM", "--", "systemd-nspawn"],
    ...["--quiet", "--register=no", "--keep-unit", `--machine=${name}`, `--directory=${root}`],
    ...[`--network-namespace-path=${namespaceFile(name)}`, "--capability=CAP_NET_ADMIN", "--bind=/dev/net/tun"],
    // Nothing of this host reaches the droplet: no name server, no time zone, no journal.
    ...["--resolv-conf=off", "--timezone=off", "--link-journal=no", "--console=pipe", "--boot"],
  ];
}

/** Starts systemd-nspawn in control groups of its own. The caller watches its exit. */
export async function startNspawn(options: NspawnOptions): Promise<ChildProcess> {
  const groups = await createControlGroups(options.name);
  const console = await open(options.console, "a", 0o600);
  try {
    return spawn("sh", ["-c", launcher, "launcher", ...groups, "--", ...nspawnArguments(options)], {
      // A session of its own: Ctrl-C in the operator's terminal is no power cut.
      detached: true,
      stdio: ["ignore", console.fd, console.fd],
      env: { PATH: process.env["PATH"], SYSTEMD_NSPAWN_LOCK: "0", CLAWS_LAB_RUN: options.run },
    });
  } finally {
    await console.close();
  }
}

/** The machine's own PID 1, seen from outside; null while there is none. */
export async function findLeader(nspawnPid: number, name: string): Promise<ProcessIdentity | null> {
  for (const child of await childrenOf(nspawnPid)) {
    if (await isLeader(child.pid, name)) return child;
  }
  return null;
}

/**
 * Whether a process is the PID 1 of that machine. Commands are run inside by its number, and a wrong one would run them on the host, so it must be
 * systemd, first in a PID namespace below ours, and in the machine's network namespace.
 */
export async function isLeader(pid: number, name: string): Promise<boolean> {
  const pids = await namespacePids(pid);
  if (pids.length < 2 || pids.at(-1) !== 1 || (await commandName(pid)) !== "systemd") return false;
  const network = await namespaceInode(name);
  return network !== null && (await networkNamespaceOf(pid)) === network;
}

/** Arguments that run a command inside of a machine, as root, with nothing of the caller's environment. */
export function insideMachine(leaderPid: number, argv: readonly string[]): readonly string[] {
  const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  return ["nsenter", `--target=${leaderPid}`, "--all", "--", "env", "-i", path, "HOME=/root", "TERM=dumb", ...argv];
}

/**
 * What systemd says of the machine, for example "starting", "running" or "degraded"; "" while it does not answer. Waits at most that many milliseconds
 * for it to be done with starting.
 */
export async function readSystemState(leaderPid: number, patience: number): Promise<string> {
  if (!(await answers(leaderPid))) return "";
  // Its own limit, inside: nsenter has a child, which would outlive a kill from out here.
  const limit = ["timeout", `${patience / 1000}s`];
  const ask = ["systemctl", "is-system-running"];
  const settled = await finishCommand(insideMachine(leaderPid, [...limit, ...ask, "--wait"]));
  if (settled.stdout.trim() !== "") return settled.stdout.trim();
  return (await finishCommand(insideMachine(leaderPid, ask))).stdout.trim();
}

/** systemd makes this socket when it is ready for systemctl. */
async function answers(leaderPid: number): Promise<boolean> {
  try {
    await access(`/proc/${leaderPid}/root/run/systemd/private`);
    return true;
  } catch {
    return false;
  }
}
