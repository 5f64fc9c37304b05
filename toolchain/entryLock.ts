// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { mkdir, readlink, symlink, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { currentProcess, isRunning } from "./processIdentity.ts";
import type { ProcessIdentity } from "./processIdentity.ts";
import { hasCode } from "./errorText.ts";

/** A lock that this process holds until it releases it or ends. */
export interface HeldLock {
  release(): Promise<void>;
}

/** How to wait for a lock. */
export interface LockOptions {
  /** Called at every look at a lock that a running process holds. */
  readonly onWait?: (holder: ProcessIdentity) => void;
  /** Called when the lock of a process that ended is taken over. */
  readonly onTakeOver?: (holder: ProcessIdentity | undefined) => void;
  /** Time between two looks in milliseconds. @default 200 */
  readonly pollMilliseconds?: number;
}

interface Holder {
  readonly text: string;
  /** Undefined when the text is damaged. */
  readonly identity: ProcessIdentity | undefined;
  readonly token: string;
}

/**
 * Takes the lock at `path`, waiting for a running holder and taking over from one that ended.
 *
 * The lock is a symbolic link whose target names the holder: it appears whole or not at all, and a file system that
 * can hold the cache can hold it. It protects processes of one machine that see each other's process numbers.
 */
export async function acquireLock(path: string, options: LockOptions = {}): Promise<HeldLock> {
  const { pid, started } = currentProcess();
  const text = [pid, started, randomUUID()].join("|");
  await mkdir(dirname(path), { recursive: true });
  while (!(await createLink(text, path))) {
    const holder = await readHolder(path);
    if (holder === undefined) continue;
    if (holder.identity !== undefined && isRunning(holder.identity)) {
      options.onWait?.(holder.identity);
      await delay(options.pollMilliseconds ?? 200);
      continue;
    }
    await removeDead(path, holder, options);
  }
  return { release: () => unlink(path) };
}

/**
 * Removes the lock of a holder that ended. Two waiters may find the same dead holder: were both to remove "the lock",
 * the slower one would remove the lock the faster one took since. So removal is done under a lock of its own, named
 * after the dead holder, and only when the dead holder's text is still there.
 */
async function removeDead(path: string, dead: Holder, options: LockOptions): Promise<void> {
  const guard = await acquireLock(`${path}.${dead.token}`, options);
  try {
    if ((await readHolder(path))?.text !== dead.text) return;
    options.onTakeOver?.(dead.identity);
    await unlink(path);
  } finally {
    await guard.release();
  }
}

async function createLink(text: string, path: string): Promise<boolean> {
  try {
    await symlink(text, path);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  let text: string;
  try {
    text = await readlink(path);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  const match = /^(?<pid>[1-9][0-9]{0,9})\|(?<started>[\w.-]+)\|(?<token>[0-9a-f-]{36})$/.exec(text);
  const { pid, started, token } = match?.groups ?? {};
  if (pid === undefined || started === undefined || token === undefined)
    return { text, identity: undefined, token: "damaged" };
  return { text, identity: { pid: Number(pid), started }, token };
}
