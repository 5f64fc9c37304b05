// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ensureEntry, readEntry } from "./cacheEntry.ts";
import type { CacheEntry } from "./cacheEntry.ts";
import { toolchainCache } from "./cacheFolder.ts";
import { readDigests } from "./digests.ts";
import { releaseEntry } from "./download.ts";
import type { FetchLimits } from "./fetchFile.ts";
import { moduleEntry } from "./goBuild.ts";
import type { BuildLimits } from "./goBuild.ts";
import { findPathPrograms } from "./pathPrograms.ts";
import { programs as allPrograms } from "./programs.ts";
import type { Program, ProgramName } from "./programs.ts";
import { standardProgress } from "./progress.ts";
import type { Progress } from "./progress.ts";
import type { Platform } from "./releases.ts";
import { errorText } from "./errorText.ts";

/** Where a program came from in this run. */
export type ProgramSource = "path" | "cache" | "download" | "build";

/** One program, ready to run. */
export interface ResolvedProgram {
  readonly name: ProgramName;
  /** Absolute path of the executable. */
  readonly path: string;
  readonly source: ProgramSource;
}

/** All programs, ready to run. */
export interface Toolchain {
  readonly programs: readonly ResolvedProgram[];
  /** Name -> absolute path. */
  readonly paths: Readonly<Record<ProgramName, string>>;
}

/** What to resolve and from where. */
export interface ToolchainOptions {
  /** Cache folder. @default toolchainCache(environment) */
  readonly cache?: string;
  /** Environment whose PATH is searched and that Go gets. @default process.env */
  readonly environment?: NodeJS.ProcessEnv;
  /** @default all five */
  readonly programs?: readonly Program[];
  readonly platform?: Platform;
  /** Recorded digests of release files. @default those of digests.json */
  readonly digests?: ReadonlyMap<string, string>;
  readonly progress?: Progress;
  readonly fetchLimits?: FetchLimits;
  readonly buildLimits?: BuildLimits;
}

/**
 * Finds each program: on PATH when the version fits, else in the cache, else as the publisher's release, else by
 * building the pinned Go module.
 *
 * @throws when one of them can be had in no way; the message says what to install.
 */
export async function resolveToolchain(options: ToolchainOptions = {}): Promise<Toolchain> {
  const { environment = process.env, programs = allPrograms, progress = standardProgress() } = options;
  const cache = options.cache ?? toolchainCache(environment);
  await mkdir(cache, { recursive: true });
  const onPath = await findPathPrograms(programs, environment["PATH"], join(cache, "versions.json"), progress);
  const sources = createSources(cache, { ...options, environment, programs, progress });
  const resolved: ResolvedProgram[] = [];
  for (const program of programs) {
    const path = onPath.get(program.name)?.path;
    resolved.push(path === undefined ? await sources.provide(program) : { name: program.name, path, source: "path" });
  }
  const paths = Object.fromEntries(resolved.map(({ name, path }) => [name, path])) as Record<ProgramName, string>;
  return { programs: resolved, paths };
}

interface Sources {
  provide(program: Program): Promise<ResolvedProgram>;
}

interface SourceOptions extends ToolchainOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly programs: readonly Program[];
  readonly progress: Progress;
}

function createSources(cache: string, options: SourceOptions): Sources {
  const { progress, environment, programs, platform = { os: process.platform, arch: process.arch } } = options;
  const digests = options.digests ?? readDigests();
  const failures = new Map<string, string>();

  /** Makes an entry, once: the second program of a source that failed is not tried again. */
  const make = async (
    entry: CacheEntry,
    program: Program,
    source: ProgramSource,
  ): Promise<ResolvedProgram | undefined> => {
    if (failures.has(entry.key)) return undefined;
    try {
      const path = (await ensureEntry(cache, checked(entry, programs), progress)).get(program.name);
      if (path === undefined) throw new Error(`cannot find "${program.name}" in cache entry "${entry.key}"`);
      return { name: program.name, path, source };
    } catch (error) {
      const cause = errorText(error);
      failures.set(entry.key, cause);
      progress.step(source === "download" ? `${cause}; building ${program.module.title} instead` : cause);
      return undefined;
    }
  };

  return {
    async provide(program) {
      const release = releaseEntry(program.release, { platform, digests, progress, limits: options.fetchLimits });
      const module = moduleEntry(program.module, { platform, environment, progress, limits: options.buildLimits });
      for (const entry of [release, module]) {
        const path = entry && (await readEntry(cache, entry.key))?.get(program.name);
        if (path !== undefined) return { name: program.name, path, source: "cache" };
      }
      const made = (release && (await make(release, program, "download"))) ?? (await make(module, program, "build"));
      if (made !== undefined) return made;
      throw new Error(
        `cannot provide ${program.wanted}: install Go >= 1.26 or put ${program.wanted} on PATH ` +
          `(${failures.get(module.key) ?? "no reason known"})`,
      );
    },
  };
}

/** The same entry, which becomes one only when each known program in it states a version that fits. */
function checked(entry: CacheEntry, programs: readonly Program[]): CacheEntry {
  return {
    key: entry.key,
    async fill(folders) {
      await entry.fill(folders);
      const names = new Set(await readdir(folders.bin));
      for (const program of programs) {
        if (names.has(program.name)) await checkVersion(program, join(folders.bin, program.name));
      }
    },
  };
}

async function checkVersion(program: Program, path: string): Promise<void> {
  const version = await program.probe(path);
  if (version !== undefined && program.accepts(version)) return;
  throw new Error(
    `cannot use the new "${program.name}": its version is ${version ?? "unknown"}, wanted ${program.wanted}`,
  );
}
