// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { link, lstat, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { codeOf } from "./errors.ts";

/** How {@link writeFileWhole} writes. */
export interface WriteOptions {
  /** Permission bits of the new file. @default 0o600 */
  readonly mode?: number;
  /** Fail with EEXIST instead of taking the place of an existing file. @default false */
  readonly exclusive?: boolean;
  /** Wait until the disk has it; a file that means nothing after a power cut, such as a lock, does without. @default true */
  readonly synced?: boolean;
  /** @default this system */
  readonly platform?: NodeJS.Platform;
  /** Called when the new bytes are safe on disk, just before they take their place; throwing leaves the old file. */
  readonly beforeReplace?: () => void | Promise<void>;
}

/** The new file has taken the old one's place, but the disk did not confirm it: a power cut could still bring the old one back. */
export class UnconfirmedWrite extends Error {
  public readonly code: string | undefined;

  constructor(cause: unknown) {
    super("the file was replaced, but its folder could not be synced", { cause });
    this.name = "UnconfirmedWrite";
    this.code = codeOf(cause);
  }
}

/**
 * Writes a file whole or not at all: temporary file in the same folder, fsync, rename, fsync of the folder.
 * A crash at any moment leaves the old file or the new one; at worst a temporary file stays, for {@link removeLeftovers}.
 *
 * @throws UnconfirmedWrite when all but the last step is done; after any other error the old file is as it was.
 */
export async function writeFileWhole(
  path: string,
  bytes: Uint8Array | string,
  options: WriteOptions = {},
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  const { mode = 0o600, exclusive = false, synced = true, platform = process.platform } = options;
  try {
    const owner = exclusive ? undefined : await otherOwner(path);
    await writeTemporary(temporary, bytes, { mode, synced, owner });
    await options.beforeReplace?.();
    // link() refuses an existing name where rename() would replace it.
    if (exclusive) await link(temporary, path);
    else await rename(temporary, path);
  } catch (error) {
    await removeQuietly(temporary);
    throw error;
  }
  if (exclusive) await removeQuietly(temporary);
  // Windows opens no folder as a file, and keeps the order of such changes by itself.
  if (synced && platform !== "win32") await syncFolder(dirname(path)).catch(unconfirmed);
}

/** Removes the temporary files that killed writers of `path` left behind. Call it only while holding the file's lock. */
export async function removeLeftovers(path: string): Promise<void> {
  const prefix = `.${basename(path)}.`;
  for (const name of await readdir(dirname(path))) {
    if (name.startsWith(prefix) && /^[0-9a-f]{12}\.tmp$/.test(name.slice(prefix.length))) {
      await rm(join(dirname(path), name), { force: true });
    }
  }
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** To whom the file belongs that root replaces: after a run with sudo its owner must still be able to read it. */
async function otherOwner(path: string): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const stats = await lstat(path).catch(() => undefined);
  return stats === undefined || stats.uid === 0 ? undefined : { uid: stats.uid, gid: stats.gid };
}

async function writeTemporary(
  path: string,
  bytes: Uint8Array | string,
  { mode, synced, owner }: { readonly mode: number; readonly synced: boolean; readonly owner: Owner | undefined },
): Promise<void> {
  const file = await open(path, "wx", mode);
  try {
    // The umask may have taken bits away.
    await file.chmod(mode);
    if (owner !== undefined) await file.chown(owner.uid, owner.gid);
    await file.writeFile(bytes);
    if (synced) await file.sync();
  } finally {
    await file.close();
  }
}

/** On a broken disk this fails too, and the first error is the one that matters. */
async function removeQuietly(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}

function unconfirmed(cause: unknown): never {
  throw new UnconfirmedWrite(cause);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
