// SPDX-License-Identifier: Apache-2.0
import { spawnSync, type SpawnSyncOptions } from "node:child_process";
import { createRequire } from "node:module";

/** The jest projects, in the order in which they run. */
export type Project = "unit" | "lab";

/** Why the lab cannot run here, or undefined when it can. */
export function labObstacle(): string | undefined {
  if (process.platform !== "linux") return "it needs Linux; the devcontainer has one";
  if (process.getuid?.() !== 0) return "it needs root (network namespaces, TUN devices); run npm test as root";
  if (process.env["CLAWS_TOOLCHAIN"] === undefined) return "there is no toolchain; run npm test or npm run test:lab";
  return undefined;
}

/** Runs one project with more arguments for jest, and gives its exit code. */
export function runProject(
  project: Project,
  args: readonly string[],
  stdio: SpawnSyncOptions["stdio"] = ["ignore", "inherit", "inherit"],
): number {
  // A story boots machines and measures nothing else's load well: one at a time. Many units wait for a time limit or a process, so
  // each core has one, where jest would leave a core idle.
  const pace = project === "lab" ? ["--runInBand"] : ["--maxWorkers=100%"];
  const jest = createRequire(import.meta.url).resolve("jest/bin/jest");
  // --selectProjects takes every word that follows it, so it comes last.
  const { status } = spawnSync(process.execPath, [jest, ...pace, ...args, "--selectProjects", project], {
    stdio,
    env: { ...process.env, NODE_OPTIONS: nodeOptions(process.env["NODE_OPTIONS"]) },
  });
  return status ?? 1;
}

/** jest's workers are processes of their own, so its flags go into the environment. */
function nodeOptions(old: string | undefined): string {
  return [old, "--experimental-vm-modules", "--no-warnings"]
    .filter((part) => part !== undefined && part !== "")
    .join(" ");
}
