// SPDX-License-Identifier: Apache-2.0
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { findChecksum } from "./checksums.ts";
import { digestsFile } from "./digests.ts";
import { fetchText } from "./fetchFile.ts";
import type { FetchLimits } from "./fetchFile.ts";
import { releases as allReleases } from "./releases.ts";
import type { Platform, Release } from "./releases.ts";

/** What to record and where. */
export interface PinOptions {
  /** @default toolchain/digests.json */
  readonly file?: string;
  readonly releases?: readonly Release[];
  readonly limits?: FetchLimits;
}

/** Platforms whose releases are recorded. */
const platforms: readonly Platform[] = ["linux", "darwin"].flatMap((os) =>
  ["x64", "arm64"].map((arch) => ({ os, arch })),
);

/**
 * Records the digests that the publishers state today for every release file, and returns them, name -> digest.
 * Nothing is written unless all of them could be read.
 */
export async function pinDigests(options: PinOptions = {}): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const release of options.releases ?? allReleases) {
    const texts = new Map<string, string>();
    for (const file of new Set(platforms.map(release.file))) {
      if (file === undefined) continue;
      const url = `${release.base}/${release.checksums(file)}`;
      const text = texts.get(url) ?? (await fetchText(url, options.limits));
      texts.set(url, text);
      digests.set(file, findChecksum(text, file));
    }
  }
  const sorted = Object.fromEntries([...digests].sort(([a], [b]) => (a < b ? -1 : 1)));
  await writeWhole(options.file ?? digestsFile, `${JSON.stringify(sorted, null, 2)}\n`);
  return digests;
}

async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(temporary, "wx", 0o644);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    const folder = await open(dirname(file), "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } finally {
    await rm(temporary, { force: true });
  }
}
