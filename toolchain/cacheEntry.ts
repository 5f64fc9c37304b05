// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, open, readFile, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { acquireLock } from "./entryLock.ts";
import { formatDuration } from "./progress.ts";
import type { Progress } from "./progress.ts";

/** One folder of the cache: a set of programs that came from one download or one build. */
export interface CacheEntry {
  /** Name of the folder: readable name, version and a digest of everything that decides its content. */
  readonly key: string;
  /** Puts the programs into `bin`. Whatever else it needs, it may put into `scratch`, which is thrown away. */
  readonly fill: (folders: { readonly bin: string; readonly scratch: string }) => Promise<void>;
}

/** Key of a cache entry: the same version with other pins is another entry. */
export function entryKey(name: string, version: string, pins: readonly string[]): string {
  const digest = createHash("sha256").update(JSON.stringify(pins)).digest("hex").slice(0, 12);
  return `${name}-${version}-${digest}`;
}

/**
 * Programs of a complete entry, name -> path, or undefined when there is none. An entry that lost or changed the size
 * of a file counts as none, so it is made again.
 */
export async function readEntry(root: string, key: string): Promise<ReadonlyMap<string, string> | undefined> {
  const bin = join(root, key, "bin");
  try {
    const sizes = parseManifest(await readFile(join(root, key, "manifest.json"), "utf8"));
    const programs = new Map<string, string>();
    for (const [name, size] of Object.entries(sizes)) {
      const path = join(bin, name);
      if ((await stat(path)).size !== size) return undefined;
      programs.set(name, path);
    }
    return programs;
  } catch {
    return undefined;
  }
}

/**
 * Returns the entry's programs, making the entry first when it is missing. Only one process makes it; others wait and
 * then use it. The entry appears under its name only when all its bytes are on the disk.
 */
export async function ensureEntry(
  root: string,
  entry: CacheEntry,
  progress: Progress,
): Promise<ReadonlyMap<string, string>> {
  const began = performance.now();
  const lock = await acquireLock(join(root, "locks", entry.key), {
    onWait: ({ pid }) =>
      progress.update(
        `waiting for process ${pid}, which makes ${entry.key} (${formatDuration(performance.now() - began)})`,
      ),
    onTakeOver: () => progress.step(`an earlier run ended while making ${entry.key}; starting over`),
  });
  try {
    const existing = await readEntry(root, entry.key);
    if (existing !== undefined) return existing;
    await removeRemains(root, entry.key);
    return await makeEntry(root, entry);
  } finally {
    await lock.release();
  }
}

async function makeEntry(root: string, { key, fill }: CacheEntry): Promise<ReadonlyMap<string, string>> {
  const staging = await mkdtemp(join(root, temporaryPrefix(key)));
  try {
    const folders = { bin: join(staging, "bin"), scratch: join(staging, "scratch") };
    await mkdir(folders.bin);
    await mkdir(folders.scratch);
    await fill(folders);
    await rm(folders.scratch, { recursive: true });
    await writeManifest(staging, folders.bin);
    await chmod(staging, 0o755);
    await rename(staging, join(root, key));
    await sync(root);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  const programs = await readEntry(root, key);
  if (programs === undefined) throw new Error(`cannot read back cache entry "${join(root, key)}"`);
  return programs;
}

/** Removes a damaged entry and what killed runs left of it. Safe because the caller holds the entry's lock. */
async function removeRemains(root: string, key: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (name === key || name.startsWith(temporaryPrefix(key))) await rm(join(root, name), { recursive: true });
  }
}

function temporaryPrefix(key: string): string {
  return `.${key}.`;
}

async function writeManifest(staging: string, bin: string): Promise<void> {
  const sizes: Record<string, number> = {};
  for (const name of await readdir(bin)) {
    await sync(join(bin, name));
    sizes[name] = (await stat(join(bin, name))).size;
  }
  const manifest = await open(join(staging, "manifest.json"), "wx", 0o644);
  try {
    await manifest.writeFile(`${JSON.stringify(sizes)}\n`);
    await manifest.sync();
  } finally {
    await manifest.close();
  }
  await sync(bin);
  await sync(staging);
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function parseManifest(text: string): Record<string, number> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) throw new Error("cannot read manifest: not an object");
  const sizes: Record<string, number> = {};
  for (const [name, size] of Object.entries(value)) {
    if (typeof size !== "number" || name !== basename(name))
      throw new Error(`cannot read manifest: bad entry "${name}"`);
    sizes[name] = size;
  }
  return sizes;
}
