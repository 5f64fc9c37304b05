// SPDX-License-Identifier: Apache-2.0
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { setting, type Environment } from "./environment.ts";
import { codeOf, UserError } from "./errors.ts";

/** A folder that no disk holds, for text that must not rest anywhere. */
export interface MemoryFolder {
  readonly path: string;
  /** Overwrites and removes all that is in it, and itself. May be called more than once; never waits, so that it works while the process ends. */
  readonly remove: () => void;
}

const TMPFS = 0x01021994;
const PREFIX = "office-claws-edit-";

/**
 * Makes a folder of mode 0700 in the user's runtime folder or in /dev/shm, whichever is a tmpfs. What killed processes left there is
 * removed on the way.
 *
 * @throws UserError where there is no tmpfs: nothing is ever put on a disk instead
 */
export function makeMemoryFolder(environment: Environment, shared = "/dev/shm"): MemoryFolder {
  for (const parent of [setting(environment, "XDG_RUNTIME_DIR"), shared]) {
    const path = parent === undefined || !isTmpfs(parent) ? undefined : makeIn(parent);
    if (path !== undefined) return { path, remove: () => wipeFolder(path) };
  }
  throw new UserError("cannot edit the vault: this machine has no tmpfs, and plain text is not put on a disk", [
    "it is looked for at XDG_RUNTIME_DIR and at /dev/shm",
    "change single keys: claws keys set, claws vault credentials set, claws vault import",
  ]);
}

/** @returns undefined where this user may not write */
function makeIn(parent: string): string | undefined {
  try {
    removeOrphans(parent);
    const path = mkdtempSync(join(parent, `${PREFIX}${process.pid}-`));
    chmodSync(path, 0o700);
    return path;
  } catch {
    return undefined;
  }
}

/** Whether the path lies on a tmpfs, by what the kernel says and not by its name. */
export function isTmpfs(path: string): boolean {
  try {
    return statfsSync(path).type === TMPFS;
  } catch {
    return false;
  }
}

/** Folders whose process is gone: it was killed in a way that nobody can catch. */
function removeOrphans(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]);
    const path = join(parent, name);
    if (Number.isSafeInteger(pid) && isOwnFolder(path) && !isAlive(pid)) wipeFolder(path);
  }
}

/** In shared memory anybody may make a link of that name to a folder of ours, or a folder in which names become links while it is wiped. */
function isOwnFolder(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && stats.uid === process.getuid?.() && (stats.mode & 0o022) === 0;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== "ESRCH";
  }
}

function wipeFolder(path: string): void {
  try {
    overwriteAll(path);
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    // Gone already, or another user's.
    if (!["ENOENT", "EACCES", "EPERM", "ENOTDIR"].includes(codeOf(error) ?? "")) throw error;
  }
}

/** Not by readdir's own recursion, which goes through symbolic links to folders elsewhere. */
function overwriteAll(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) overwriteAll(path);
    else if (entry.isFile()) overwrite(path);
  }
}

function overwrite(path: string): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = fstatSync(file);
    writeSync(file, Buffer.alloc(size), 0, size, 0);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
