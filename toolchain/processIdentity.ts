// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** One run of one process. The number alone is not enough: the system hands it out again after the process ended. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Boot and start time as text, equal only for the same run. */
  readonly started: string;
}

/** Identity of the process that calls. */
export function currentProcess(): ProcessIdentity {
  return { pid: process.pid, started: readStart(process.pid) ?? "unknown" };
}

/** True while that very process runs; false when it ended, also when its number belongs to another process by now. */
export function isRunning(identity: ProcessIdentity): boolean {
  return readStart(identity.pid) === identity.started;
}

/** Start of a running process as text, or undefined when there is none (a zombie counts as ended). */
export function readStart(pid: number): string | undefined {
  return process.platform === "linux" ? readLinuxStart(pid) : readOtherStart(pid);
}

function readLinuxStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is the program's name in brackets and may hold spaces and brackets itself.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, started] = [fields[0], fields[19]];
    if (state === undefined || started === undefined || "ZX".includes(state)) return undefined;
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()}.${started}`;
  } catch {
    return undefined;
  }
}

function readOtherStart(pid: number): string | undefined {
  const { status, stdout } = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" });
  const text = stdout.trim().replace(/[^A-Za-z0-9]+/g, "-");
  return status === 0 && text !== "" ? text : undefined;
}
