// SPDX-License-Identifier: Apache-2.0
import { globSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { labObstacle, runProject, type Project } from "./jestRun.ts";

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

/**
 * With CLAWS_TEST_RESULTS set to a folder, jest's results go there as <project>.json. Then nobody watches, and jest ends
 * with its last test: a process that a failed test left behind holds jest's pipes, and would hold the run to its limit.
 */
function runJest(project: Project, args: readonly string[]): number {
  const results = process.env["CLAWS_TEST_RESULTS"];
  const report =
    results === undefined ? [] : ["--forceExit", "--json", `--outputFile=${join(results, `${project}.json`)}`];
  return runProject(project, [...args, ...report]);
}

process.exitCode = main(process.argv.slice(2));
