// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, stat } from "node:fs/promises";

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after the kernel's start, a decimal string. */
  readonly startTime: string;
}

/** What the kernel tells about a process. */
export interface ProcessState extends ProcessIdentity {
  readonly parent: number;
  /** One letter, for example S (sleeps) or Z (dead, not yet collected by its parent). */
  readonly state: string;
}

/**
 * Parses the text of `/proc/<pid>/stat`, whose second field is a name that may hold spaces and parentheses.
 * @throws when it is cut short.
 */
export function parseProcessState(text: string): ProcessState {
  const [state, parent, ...rest] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // The start time is field 22 of the line, the state is field 3.
  const startTime = rest[17];
  const pid = Number.parseInt(text, 10);
  if (state === undefined || parent === undefined || startTime === undefined || Number.isNaN(pid)) {
    throw new Error("cannot read the state of a process: the line is cut short");
  }
  return { pid, startTime, parent: Number(parent), state };
}

/** State of a process; null when it is gone. */
export async function readProcessState(pid: number): Promise<ProcessState | null> {
  const text = await readProc(`${pid}/stat`);
  return text === null || text === "" ? null : parseProcessState(text);
}

/** Whether that very process still runs; one that is dead but not collected does not. */
export async function isRunning(process: ProcessIdentity): Promise<boolean> {
  const current = await readProcessState(process.pid);
  return current !== null && current.startTime === process.startTime && !["Z", "X"].includes(current.state);
}

/** Sends a signal to that very process; false when it is gone. */
export async function signalProcess(target: ProcessIdentity, signal: NodeJS.Signals | number): Promise<boolean> {
  if (!(await isRunning(target))) return false;
  try {
    return process.kill(target.pid, signal);
  } catch {
    return false;
  }
}

/** Numbers of all processes, those inside of droplets included. */
export async function listProcesses(): Promise<readonly number[]> {
  const entries = await readdir("/proc");
  return entries.filter((name) => /^\d+$/.test(name)).map(Number);
}

/** Children of a process; none when it is gone. */
export async function childrenOf(pid: number): Promise<readonly ProcessState[]> {
  const listed = await readProc(`${pid}/task/${pid}/children`);
  // Not every kernel keeps that list.
  const candidates = listed === null ? await listProcesses() : listed.split(" ").filter(Boolean).map(Number);
  const states = await Promise.all(candidates.map(readProcessState));
  return states.filter((state) => state !== null).filter(({ parent }) => parent === pid);
}

/** Name of the program that a process runs, at most 15 characters; null when it is gone. */
export async function commandName(pid: number): Promise<string | null> {
  return (await readProc(`${pid}/comm`))?.trimEnd() ?? null;
}

/** A process's number in each of its PID namespaces, the outermost first; none when it is gone. */
export async function namespacePids(pid: number): Promise<readonly number[]> {
  const status = await readProc(`${pid}/status`);
  const [, numbers = ""] = /^NSpid:\s*(.*)$/m.exec(status ?? "") ?? [];
  return numbers.split(/\s+/).filter(Boolean).map(Number);
}

/** Inode number of a process's network namespace; null when it is gone or not readable. */
export async function networkNamespaceOf(pid: number): Promise<number | null> {
  const file = await stat(`/proc/${pid}/ns/net`).catch(() => null);
  return file?.ino ?? null;
}

/** Environment of a process as `NAME=value` lines; none when it is gone or not readable. */
export async function environmentOf(pid: number): Promise<readonly string[]> {
  return (await readProc(`${pid}/environ`))?.split("\0").filter(Boolean) ?? [];
}

/** A process may end between any two looks: that reads as null. */
async function readProc(name: string): Promise<string | null> {
  try {
    return await readFile(`/proc/${name}`, "utf8");
  } catch {
    return null;
  }
}
