// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { entryKey } from "./cacheEntry.ts";
import type { CacheEntry } from "./cacheEntry.ts";
import type { GoModule } from "./goModules.ts";
import { formatDuration } from "./progress.ts";
import type { Progress } from "./progress.ts";
import type { Platform } from "./releases.ts";
import { runProgram } from "./runProgram.ts";
import type { RunResult } from "./runProgram.ts";
import { findOnPath } from "./searchPath.ts";
import { compareVersions } from "./versionProbe.ts";
import type { Version } from "./versionProbe.ts";

/** How to build. */
export interface BuildOptions {
  readonly platform: Platform;
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: Progress;
  readonly limits?: BuildLimits;
}

/** Bounds of one build, in milliseconds. */
export interface BuildLimits {
  /** Whole build. @default 3600000 */
  readonly build?: number;
  /** Fetching modules, between two signs of life. @default 120000 */
  readonly silence?: number;
}

const commonFlags = ["-trimpath", "-buildvcs=false"];
const tick = 1000;

/** Cache entry of a module's programs. Its key holds the pins, so that a changed go.mod, go.sum or flag builds anew. */
export function moduleEntry(module: GoModule, options: BuildOptions): CacheEntry {
  const pins = ["go.mod", "go.sum"].map((name) => readFileSync(join(module.directory, name), "utf8"));
  const flags = [...commonFlags, module.linkerFlags, ...module.packages];
  return {
    key: entryKey(module.name, module.version, [...pins, ...flags, options.platform.os, options.platform.arch]),
    fill: ({ bin }) => buildModule(module, bin, options),
  };
}

async function buildModule(module: GoModule, bin: string, options: BuildOptions): Promise<void> {
  const go = await findGo(module, options);
  const label = module.title;
  const environment = goEnvironment(options.environment);
  const offline = { ...environment, GOPROXY: "off" };
  const run = (
    args: readonly string[],
    env: NodeJS.ProcessEnv,
    onErrorLine?: (line: string) => void,
  ): Promise<RunResult> =>
    runGo(go, args, {
      cwd: module.directory,
      environment: env,
      limit: options.limits?.build ?? 3_600_000,
      onErrorLine,
    });

  const list = ["list", "-deps", ...module.packages];
  if (!(await run(list, offline)).ok) await fetchModules(go, module, list, environment, options);

  options.progress.step(`building ${label} with go (about ${module.minutes} min) ...`);
  const began = performance.now();
  let compiled = 0;
  const elapsed = (): string => formatDuration(performance.now() - began);
  const timer = setInterval(
    () => options.progress.update(`building ${label}: ${compiled} packages compiled, ${elapsed()}`),
    tick,
  );
  const args = ["build", "-v", ...commonFlags, "-ldflags", module.linkerFlags, "-o", `${bin}/`, ...module.packages];
  const result = await run(args, offline, () => (compiled += 1)).finally(() => clearInterval(timer));
  if (!result.ok)
    throw new Error(`cannot build ${label} with go: ${result.ending}: ${result.errors.slice(-8).join("; ")}`);
  options.progress.step(`built ${label} in ${elapsed()}`);
}

/** Fills Go's module cache. Go checks every module against the committed go.sum. */
async function fetchModules(
  go: string,
  module: GoModule,
  list: readonly string[],
  environment: NodeJS.ProcessEnv,
  { progress, limits }: BuildOptions,
): Promise<void> {
  const label = `the Go modules of ${module.title}`;
  progress.step(`fetching ${label} ...`);
  let fetched = 0;
  const result = await runGo(go, list, {
    cwd: module.directory,
    environment,
    limit: limits?.build ?? 3_600_000,
    silence: limits?.silence ?? 120_000,
    onErrorLine: () => progress.update(`fetching ${label}: ${(fetched += 1)} so far`),
  });
  if (!result.ok) throw new Error(`cannot fetch ${label}: ${result.ending}: ${result.errors.slice(-3).join("; ")}`);
}

/** Runs go so that it ends with us where the system can do that: a killed run must not leave compilers behind. */
function runGo(go: string, args: readonly string[], options: Parameters<typeof runProgram>[2]): Promise<RunResult> {
  const [setpriv] = process.platform === "linux" ? findOnPath("setpriv", options.environment?.["PATH"]) : [];
  if (setpriv === undefined) return runProgram(go, args, options);
  return runProgram(setpriv, ["--pdeathsig", "KILL", go, ...args], options);
}

/** Our own flags replace the user's: a stray -mod=mod or -buildmode would change what is built. */
function goEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...environment,
    HOME: homeFolder(environment),
    GOFLAGS: "-mod=readonly",
    GOWORK: "off",
    GOTOOLCHAIN: "local",
    CGO_ENABLED: "0",
    GOOS: "",
    GOARCH: "",
  };
}

/** Without HOME, as under some service managers, go knows no folder for its caches and refuses to build. */
function homeFolder({ HOME = "" }: NodeJS.ProcessEnv): string {
  if (HOME !== "") return HOME;
  try {
    return userInfo().homedir;
  } catch {
    return ""; // The user has no entry in the system's table; go itself says then what it lacks.
  }
}

async function findGo(module: GoModule, { environment }: BuildOptions): Promise<string> {
  const wanted = wantedGo(module);
  let seen = "";
  for (const go of findOnPath("go", environment["PATH"])) {
    const { output } = await runProgram(go, ["env", "GOVERSION"], {
      limit: 20_000,
      environment: goEnvironment(environment),
    });
    const match = /^go(\d+)\.(\d+)(?:\.(\d+))?\s*$/.exec(output);
    const version: Version = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0), Number(match?.[3] ?? 0)];
    if (compareVersions(version, wanted) >= 0) return go;
    seen = ` (found ${output.trim() || "an unknown version"})`;
  }
  throw new Error(`cannot build ${module.title}: no Go >= ${wanted.join(".")} on PATH${seen}`);
}

function wantedGo(module: GoModule): Version {
  const match = /^go (\d+)\.(\d+)(?:\.(\d+))?$/m.exec(readFileSync(join(module.directory, "go.mod"), "utf8"));
  return [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0), Number(match?.[3] ?? 0)];
}
