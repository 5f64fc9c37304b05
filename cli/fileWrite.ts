// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { link, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** How {@link writeFileWhole} writes. */
export interface WriteOptions {
  /** Permission bits of the new file. @default 0o600 */
  readonly mode?: number;
  /** Fail with EEXIST instead of taking the place of an existing file. @default false */
  readonly exclusive?: boolean;
  /** Called when the new bytes are safe on disk, just before they take their place; throwing leaves the old file. */
  readonly beforeReplace?: () => void | Promise<void>;
}

/**
 * Writes a file whole or not at all: temporary file in the same folder, fsync, rename, fsync of the folder.
 * A crash at any moment leaves the old file or the new one; at worst a temporary file stays, for {@link removeLeftovers}.
 */
export async function writeFileWhole(
  path: string,
  bytes: Uint8Array | string,
  options: WriteOptions = {},
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await writeSynced(temporary, bytes, options.mode ?? 0o600);
    await options.beforeReplace?.();
    // link() refuses an existing name where rename() would replace it.
    if (options.exclusive === true) await link(temporary, path);
    else await rename(temporary, path);
    await syncFolder(dirname(path));
  } finally {
    await rm(temporary, { force: true });
  }
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

async function writeSynced(path: string, bytes: Uint8Array | string, mode: number): Promise<void> {
  const file = await open(path, "wx", mode);
  try {
    // The umask may have taken bits away.
    await file.chmod(mode);
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
