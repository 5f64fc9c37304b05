// SPDX-License-Identifier: Apache-2.0
import { chmod, copyFile } from "node:fs/promises";
import { join } from "node:path";
import { entryKey } from "./cacheEntry.ts";
import type { CacheEntry } from "./cacheEntry.ts";
import { findChecksum } from "./checksums.ts";
import { fetchText, fetchToFile } from "./fetchFile.ts";
import type { FetchLimits } from "./fetchFile.ts";
import { formatBytes } from "./progress.ts";
import type { Progress } from "./progress.ts";
import type { Platform, Release } from "./releases.ts";
import { extractFiles } from "./tarArchive.ts";

/** How to download. */
export interface DownloadOptions {
  readonly platform: Platform;
  /** Recorded digests, file name -> SHA-256 in hex. */
  readonly digests: ReadonlyMap<string, string>;
  readonly progress: Progress;
  readonly limits?: FetchLimits;
}

/** Cache entry of a release for a platform, or undefined when the publisher offers none. */
export function releaseEntry(release: Release, options: DownloadOptions): CacheEntry | undefined {
  const file = release.file(options.platform);
  if (file === undefined) return undefined;
  const members = [...release.programs(file)].flat().map(String);
  return {
    key: entryKey(release.name, release.version, [file, ...members]),
    fill: (folders) => downloadRelease(release, file, folders, options),
  };
}

/** Downloads, checks and unpacks. Nothing of the file is used before its digest is known to be right. */
async function downloadRelease(
  release: Release,
  file: string,
  { bin, scratch }: { readonly bin: string; readonly scratch: string },
  { digests, progress, limits }: DownloadOptions,
): Promise<void> {
  const expected = await expectedDigest(release, file, digests, limits);
  progress.step(`downloading ${file} ...`);
  const archive = join(scratch, "release");
  const { sha256 } = await fetchToFile(`${release.base}/${file}`, archive, limits, (bytes, total) =>
    progress.update(`downloading ${file}: ${formatBytes(bytes, total)}`),
  );
  if (sha256 !== expected) throw new Error(`cannot trust "${file}": its SHA-256 is ${sha256}, expected ${expected}`);
  await unpack(release.programs(file), archive, bin);
}

async function expectedDigest(
  release: Release,
  file: string,
  digests: ReadonlyMap<string, string>,
  limits: FetchLimits | undefined,
): Promise<string> {
  const published = findChecksum(await fetchText(`${release.base}/${release.checksums(file)}`, limits), file);
  const recorded = digests.get(file);
  if (recorded !== undefined && recorded !== published) {
    throw new Error(`cannot trust "${file}": the publisher's checksum ${published} is not the recorded ${recorded}`);
  }
  return published;
}

async function unpack(programs: ReadonlyMap<string, string | undefined>, archive: string, bin: string): Promise<void> {
  const wanted = new Map<string, string>();
  for (const [name, member] of programs) {
    const target = join(bin, name);
    if (member !== undefined) {
      wanted.set(member, target);
      continue;
    }
    await copyFile(archive, target);
    await chmod(target, 0o755);
  }
  if (wanted.size === 0) return;
  const found = await extractFiles(archive, wanted);
  for (const member of wanted.keys()) {
    if (!found.has(member)) throw new Error(`cannot unpack the release: it has no "${member}"`);
  }
}
