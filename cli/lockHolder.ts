// SPDX-License-Identifier: Apache-2.0
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { codeOf } from "./errors.ts";

/** The process that a lock names. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Changes with each boot of the host and each process that gets the same pid; empty where the system cannot tell. */
  readonly life: string;
  /** Where the pid counts: the PID namespace on Linux, elsewhere absent. */
  readonly space?: string;
  readonly time: string;
}

/** This process, as it stands in its locks. */
export async function thisProcess(): Promise<Holder> {
  const space = await ownSpace();
  return {
    pid: process.pid,
    host: hostname(),
    life: await lifeOf(process.pid),
    ...(space === undefined ? {} : { space }),
    time: new Date().toISOString(),
  };
}

/** Reads a lock's text; undefined when it names nobody. */
export function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, host, life, space, time } = JSON.parse(text) as Partial<Record<keyof Holder, unknown>>;
    if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
    if (typeof host !== "string" || typeof life !== "string" || typeof time !== "string") return undefined;
    return { pid, host, life, time, ...(typeof space === "string" ? { space } : {}) };
  } catch {
    return undefined;
  }
}

/** @example "process 4711 on laptop since 2026-11-23T12:00:00.000Z" */
export function holderInWords(holder: Holder | undefined): string {
  if (holder === undefined) return "another process";
  return `process ${holder.pid} on ${inOneLine(holder.host)} since ${inOneLine(holder.time)}`;
}

/** A lock may come out of a repository: what it says of itself must not look like lines of ours. */
function inOneLine(text: string): string {
  return text.replace(/[\p{C}\p{Z}]+/gu, " ").slice(0, 64);
}

/** Whether the process still runs. One on another host, or in another container of the same boot, is taken for alive: nothing here can tell. */
export async function isAlive(holder: Holder): Promise<boolean> {
  if (holder.host !== hostname()) return true;
  const boot = await bootId();
  if (boot !== undefined && holder.life !== "" && !holder.life.startsWith(`${boot}/`)) return false;
  if (holder.space !== undefined && holder.space !== (await ownSpace())) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (codeOf(error) === "ESRCH") return false;
  }
  return holder.life === (await lifeOf(holder.pid));
}

/** Boot of the host and start time of the process (Linux; elsewhere empty), so that a reused pid is not taken for the holder. */
async function lifeOf(pid: number): Promise<string> {
  const boot = await bootId();
  const stat = await readText(`/proc/${pid}/stat`);
  if (boot === undefined || stat === undefined) return "";
  // The second field is the program's name in parentheses and may hold spaces; the start time is field 22.
  const startTime = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  return `${boot}/${startTime}`;
}

async function bootId(): Promise<string | undefined> {
  return (await readText("/proc/sys/kernel/random/boot_id"))?.trim();
}

async function ownSpace(): Promise<string | undefined> {
  return await readlink("/proc/self/ns/pid").catch(() => undefined);
}

async function readText(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch(() => undefined);
}
