// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setting, type Environment } from "./environment.ts";
import { readGuardedFile } from "./fileRead.ts";
import { writeFileWhole } from "./fileWrite.ts";

const LIMIT = 64 * 1024;

/** What a cache file is about: its kind, and what tells it from others of the kind. */
export interface CacheKey {
  readonly kind: "agents" | "durations";
  readonly of: readonly string[];
}

/** The user's own cache folder, as `bin.cjs` finds it too; undefined when no variable names one. */
export function cacheFolder(environment: Environment): string | undefined {
  const named = setting(environment, "CLAWS_CACHE");
  if (named !== undefined) return named;
  const shared = setting(environment, "XDG_CACHE_HOME");
  if (shared !== undefined) return join(shared, "office-claws");
  const home = setting(environment, "HOME");
  return home === undefined ? undefined : join(home, ".cache", "office-claws");
}

/** What was written last, not yet trusted; undefined when there is nothing that can be read. */
export function readCache(environment: Environment, key: CacheKey): unknown {
  try {
    const path = cachePath(environment, key);
    const guard = { what: "cache file", forbidden: 0o022, limit: LIMIT };
    const bytes = path === undefined ? undefined : readGuardedFile(path, guard);
    return bytes === undefined ? undefined : JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** Keeps a value for the next run. A cache that cannot be written is no reason to complain. */
export async function writeCache(environment: Environment, key: CacheKey, value: unknown): Promise<void> {
  const path = cachePath(environment, key);
  if (path === undefined) return;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFileWhole(path, JSON.stringify(value), { synced: false });
  } catch {
    // The next run does without.
  }
}

function cachePath(environment: Environment, { kind, of }: CacheKey): string | undefined {
  const folder = cacheFolder(environment);
  const name = createHash("sha256").update(of.join("\0")).digest("hex").slice(0, 32);
  return folder === undefined ? undefined : join(folder, kind, `${name}.json`);
}
