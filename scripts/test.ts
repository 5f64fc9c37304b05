// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { globSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

/** The jest projects, in the order in which they run. */
type Project = "unit" | "lab";

/** Runs the tests and returns the exit code: 0 all passed, 1 some failed or could not run, 2 wrong use. */
function main(argv: readonly string[]): number {
  const [first, ...rest] = argv;
  const one = first === "unit" || first === "lab" ? first : undefined;
  if (one === undefined && first !== undefined && !first.startsWith("-") && !first.includes("/")) {
    process.stderr.write(`test: error: unknown project "${first}"; usage: npm test [-- unit|lab] [-- JEST ARGS...]\n`);
    return 2;
  }
  const jestArgs = one === undefined ? argv : rest;
  const projects: readonly Project[] = one === undefined ? ["unit", "lab"] : [one];
  const obstacle = projects.includes("lab") ? labObstacle() : undefined;
  const codes = projects
    .filter((project) => project !== "lab" || obstacle === undefined)
    .map((project) => runJest(project, jestArgs));
  if (obstacle !== undefined) skipLab(obstacle);
  if (obstacle !== undefined && one === "lab") return 1;
  return codes.every((code) => code === 0) ? 0 : 1;
}

/** Says last of all, where it is seen, that the lab did not run, and leaves a result in jest's form that counts its files as skipped. */
function skipLab(obstacle: string): void {
  const root = resolve(import.meta.dirname, "..");
  const files = globSync("tests/stories/**/*.test.ts", { cwd: root }).toSorted();
  process.stderr.write(`test: lab: skipped all ${files.length} test files: ${obstacle}\n`);
  const none = { numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 0, numTodoTests: 0 };
  const testResults = files.map((name) => ({ name: join(root, name), status: "pending", message: obstacle }));
  const results = process.env["CLAWS_TEST_RESULTS"];
  if (results === undefined) return;
  const report = { ...none, numPendingTests: files.length, numPendingTestSuites: files.length, testResults };
  writeFileSync(join(results, "lab.json"), JSON.stringify(report));
}

/** Why the lab cannot run here, or undefined when it can. */
function labObstacle(): string | undefined {
  if (process.platform !== "linux") return "it needs Linux; the devcontainer has one";
  if (process.getuid?.() !== 0) return "it needs root (network namespaces, TUN devices); run npm test as root";
  if (process.env["CLAWS_TOOLCHAIN"] === undefined) return "there is no toolchain; run npm test or npm run test:lab";
  return undefined;
}

/**
 * With CLAWS_TEST_RESULTS set to a folder, jest's results go there as <project>.json. Then nobody watches, and jest ends
 * with its last test: a process that a failed test left behind holds jest's pipes, and would hold the run to its limit.
 */
function runJest(project: Project, args: readonly string[]): number {
  const results = process.env["CLAWS_TEST_RESULTS"];
  const report =
    results === undefined ? [] : ["--forceExit", "--json", `--outputFile=${join(results, `${project}.json`)}`];
  // A story boots machines and measures nothing else's load well: one at a time.
  const pace = project === "lab" ? ["--runInBand"] : [];
  const jest = createRequire(import.meta.url).resolve("jest/bin/jest");
  // --selectProjects takes every word that follows it, so it comes last.
  const { status } = spawnSync(process.execPath, [jest, ...args, ...pace, ...report, "--selectProjects", project], {
    stdio: ["ignore", "inherit", "inherit"],
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

process.exitCode = main(process.argv.slice(2));
