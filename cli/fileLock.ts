// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { link, readFile, rename, rm, unlink } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf, failure } from "./errors.ts";
import { removeLeftovers, writeFileWhole } from "./fileWrite.ts";

/** How {@link withFileLock} waits and reports. */
export interface LockOptions {
  /** How long to wait for a live holder, in milliseconds. @default 5000 */
  readonly waitMilliseconds?: number;
  /** Told when the lock of a process that no longer exists was taken over. */
  readonly onTakeOver?: (notice: string) => void;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Changes with each boot of the host and each process that gets the same pid; empty where the system cannot tell. */
  readonly life: string;
  readonly time: string;
}

/**
 * Runs `work` while this process alone holds `<path>.lock`. A lock whose process is gone is taken over.
 *
 * @throws UserError (exit 1) that names the live holder's process, host and time when waiting was not enough.
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const lockPath = `${path}.lock`;
  const mine = JSON.stringify(await thisProcess());
  const deadline = performance.now() + (options.waitMilliseconds ?? 5000);
  while (!(await tryToTake(lockPath, mine, options))) {
    if (performance.now() >= deadline) throw await heldError(path, lockPath);
    await sleep(25);
  }
  try {
    await removeLeftovers(lockPath);
    return await work();
  } finally {
    await rm(lockPath, { force: true });
  }
}

async function tryToTake(lockPath: string, mine: string, options: LockOptions): Promise<boolean> {
  try {
    await writeFileWhole(lockPath, mine, { exclusive: true });
    return true;
  } catch (error) {
    // ENOENT: the holder swept up our temporary file together with those of killed processes.
    if (codeOf(error) === "ENOENT") return false;
    if (codeOf(error) !== "EEXIST") throw error;
  }
  const text = await readText(lockPath);
  const holder = text === undefined ? undefined : parseHolder(text);
  if (text === undefined || (holder !== undefined && (await isAlive(holder)))) return false;
  if (await moveAside(lockPath, text)) {
    options.onTakeOver?.(`took over the lock of process ${holder?.pid ?? "unknown"}, which is gone`);
  }
  return false;
}

/** Two processes may see the same dead lock: whoever moved a different, live lock aside by mistake puts it back. */
async function moveAside(lockPath: string, expected: string): Promise<boolean> {
  const aside = `${lockPath}.${randomBytes(6).toString("hex")}`;
  try {
    await rename(lockPath, aside);
  } catch {
    return false;
  }
  const moved = (await readText(aside)) === expected;
  if (!moved) await link(aside, lockPath).catch(() => undefined);
  await unlink(aside);
  return moved;
}

async function heldError(path: string, lockPath: string): Promise<Error> {
  const holder = parseHolder((await readText(lockPath)) ?? "");
  const who = holder === undefined ? "another process" : `process ${holder.pid} on ${holder.host} since ${holder.time}`;
  return failure(
    `cannot lock "${path}": ${who} holds it`,
    "wait for it to finish and try again",
    `if that process is gone, remove "${lockPath}"`,
  );
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, host, life, time } = JSON.parse(text) as Partial<Record<keyof Holder, unknown>>;
    if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
    if (typeof host !== "string" || typeof life !== "string" || typeof time !== "string") return undefined;
    return { pid, host, life, time };
  } catch {
    return undefined;
  }
}

/** A lock from another host is taken for alive: nothing here can tell. */
async function isAlive(holder: Holder): Promise<boolean> {
  if (holder.host !== hostname()) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (codeOf(error) === "ESRCH") return false;
  }
  return holder.life === (await lifeOf(holder.pid));
}

async function thisProcess(): Promise<Holder> {
  return { pid: process.pid, host: hostname(), life: await lifeOf(process.pid), time: new Date().toISOString() };
}

/** Boot of the host and start time of the process (Linux; elsewhere empty), so that a reused pid is not taken for the holder. */
async function lifeOf(pid: number): Promise<string> {
  const boot = await readText("/proc/sys/kernel/random/boot_id");
  const stat = await readText(`/proc/${pid}/stat`);
  if (boot === undefined || stat === undefined) return "";
  // The second field is the program's name in parentheses and may hold spaces; the start time is field 22.
  const startTime = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  return `${boot.trim()}/${startTime}`;
}

async function readText(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch(() => undefined);
}
