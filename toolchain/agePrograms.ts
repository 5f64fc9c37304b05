// SPDX-License-Identifier: Apache-2.0
import { mkdir } from "node:fs/promises";
import { ensureEntry, readEntry } from "./cacheEntry.ts";
import { toolchainCache } from "./cacheFolder.ts";
import { moduleEntry } from "./goBuild.ts";
import { ageModule } from "./goModules.ts";
import { standardProgress } from "./progress.ts";

/** Paths of the age project's own programs. */
export interface AgePrograms {
  readonly age: string;
  readonly keygen: string;
  /** The folder of both and of the plugin `batchpass`, which reads a passphrase from `AGE_PASSPHRASE`. */
  readonly folder: string;
}

/**
 * The age command in the version that files are exchanged with: from the cache, else built from the pinned Go module. Only tests and
 * benchmarks ask for it.
 *
 * @throws when it is in neither and cannot be built; the message says what to install.
 */
export async function resolveAge(environment: NodeJS.ProcessEnv = process.env): Promise<AgePrograms> {
  const cache = toolchainCache(environment);
  await mkdir(cache, { recursive: true });
  const progress = standardProgress();
  const entry = moduleEntry(ageModule, {
    platform: { os: process.platform, arch: process.arch },
    environment,
    progress,
  });
  const programs = (await readEntry(cache, entry.key)) ?? (await ensureEntry(cache, entry, progress));
  const [age, keygen] = [programs.get("age"), programs.get("age-keygen")];
  if (age === undefined || keygen === undefined) throw new Error(`cannot find age in cache entry "${entry.key}"`);
  return { age, keygen, folder: age.slice(0, -"/age".length) };
}
