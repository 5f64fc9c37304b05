// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { link, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf, failure } from "./errors.ts";
import { readGuardedFile } from "./fileRead.ts";
import { removeLeftovers, writeFileWhole } from "./fileWrite.ts";
import { holderInWords, isAlive, parseHolder, thisProcess } from "./lockHolder.ts";

/** How {@link withFileLock} waits and reports. */
export interface LockOptions {
  /** How long to wait for a live holder, in milliseconds. @default 5000 */
  readonly waitMilliseconds?: number;
  /** Told when the lock of a process that no longer exists was taken over. */
  readonly onTakeOver?: (notice: string) => void;
}

/** Whether the lock is still this process's: {@link breakFileLock} may have taken it away. */
export type IsHeld = () => boolean;

/**
 * Runs `work` while this process alone holds `<path>.lock`. A lock whose process is gone is taken over.
 *
 * @throws UserError (exit 1) that names the live holder's process, host and time when waiting was not enough.
 */
export async function withFileLock<T>(
  path: string,
  work: (isHeld: IsHeld) => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const lockPath = `${path}.lock`;
  const mine = JSON.stringify(await thisProcess());
  const deadline = performance.now() + (options.waitMilliseconds ?? 5000);
  while (!(await tryToTake(lockPath, mine, options))) {
    if (performance.now() >= deadline) throw heldError(path);
    await sleep(25);
  }
  const isHeld = (): boolean => readLock(lockPath) === mine;
  try {
    await removeLeftovers(lockPath);
    return await work(isHeld);
  } finally {
    // One that stays is a dead process's soon.
    if (isHeld()) await unlink(lockPath).catch(() => undefined);
  }
}

/** What {@link breakFileLock} found and did. */
export interface BrokenLock {
  readonly result: "no lock" | "removed" | "held";
  /** The process, in words; absent when there was no lock. */
  readonly holder?: string;
}

/** Removes `<path>.lock`: that of a process which is gone, or with `force` any. */
export async function breakFileLock(path: string, force: boolean): Promise<BrokenLock> {
  const lockPath = `${path}.lock`;
  const text = readLock(lockPath);
  if (text === undefined) return { result: "no lock" };
  const parsed = parseHolder(text);
  const holder = holderInWords(parsed);
  if (!force && parsed !== undefined && (await isAlive(parsed))) return { result: "held", holder };
  return { result: (await moveAside(lockPath, text)) ? "removed" : "held", holder };
}

async function tryToTake(lockPath: string, mine: string, options: LockOptions): Promise<boolean> {
  try {
    await writeFileWhole(lockPath, mine, { exclusive: true, synced: false });
    return true;
  } catch (error) {
    // ENOENT: the holder swept up our temporary file together with those of killed processes.
    if (codeOf(error) === "ENOENT") return false;
    if (codeOf(error) !== "EEXIST") throw error;
  }
  const text = readLock(lockPath);
  const holder = text === undefined ? undefined : parseHolder(text);
  if (text === undefined || (holder !== undefined && (await isAlive(holder)))) return false;
  if (await moveAside(lockPath, text)) {
    options.onTakeOver?.(`took over the lock of process ${holder?.pid ?? "unknown"}, which is gone`);
  }
  return false;
}

/** Two processes may see the same dead lock: whoever moved a different, live lock aside by mistake puts it back. */
async function moveAside(lockPath: string, expected: string): Promise<boolean> {
  // The name of a temporary file: should this process be killed, the next one sweeps it up.
  const aside = join(dirname(lockPath), `.${basename(lockPath)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await rename(lockPath, aside);
  } catch {
    return false;
  }
  const moved = readLock(aside) === expected;
  if (!moved) await link(aside, lockPath).catch(() => undefined);
  await unlink(aside).catch(() => undefined);
  return moved;
}

/** @throws UserError when something is there that no process of ours has made: a folder, a FIFO, a symbolic link */
function readLock(lockPath: string): string | undefined {
  return readGuardedFile(lockPath, { what: "lock", forbidden: 0, limit: 4096 })?.toString("utf8");
}

function heldError(path: string): Error {
  return failure(
    `cannot lock "${path}": ${holderInWords(parseHolder(readLock(`${path}.lock`) ?? ""))} holds it`,
    "wait for it to finish and try again",
    `if that process is gone for good: claws vault unlock --force --vault "${path}"`,
  );
}
