// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FAULT_CASES } from "./faultCases.ts";
import { faultRows, parseFaultRun, renderMatrix, strayTests, type FaultRun } from "./faultMatrix.ts";
import { labObstacle, runProject, type Project } from "./jestRun.ts";

const PATTERNS: Readonly<Record<Project, string>> = { unit: "tests/faults/", lab: "tests/stories/faults" };

/** Runs the tests of the fault matrix and prints it. Returns the exit code: 0 all cases pass, 1 not so, 2 wrong use. */
function main(argv: readonly string[]): number {
  if (argv.some((word) => word !== "--unit")) {
    process.stderr.write("faults: error: unknown argument; usage: npm run faults [-- --unit]\n");
    return 2;
  }
  const isUnitOnly = argv.includes("--unit");
  const obstacle = isUnitOnly ? undefined : labObstacle();
  const labRuns = !isUnitOnly && obstacle === undefined;
  const projects: readonly Project[] = labRuns ? ["unit", "lab"] : ["unit"];
  const runs = projects.map(runTests);
  const tests = runs.flatMap((run) => run.tests);
  const rows = faultRows(FAULT_CASES, tests, labRuns);
  process.stdout.write(renderMatrix(rows));
  const problems = [
    ...runs.flatMap((run) => run.brokenFiles).map((file) => `cannot run ${file}`),
    ...strayTests(FAULT_CASES, tests).map(({ name }) => `a test belongs to no case: ${name}`),
    ...(obstacle === undefined ? [] : [`the lab's tests did not run: ${obstacle}; --unit leaves them out`]),
  ];
  for (const problem of problems) process.stderr.write(`faults: error: ${problem}\n`);
  const isGood = rows.every(({ result }) => result === "pass" || (result === "left out" && isUnitOnly));
  return isGood && problems.length === 0 ? 0 : 1;
}

/** Runs one project's tests. A run that leaves no report counts as a file that could not run. */
function runTests(project: Project): FaultRun {
  const folder = mkdtempSync(join(tmpdir(), "claws-faults-"));
  const report = join(folder, "report.json");
  try {
    const args = [`--testPathPatterns=${PATTERNS[project]}`, "--json", `--outputFile=${report}`];
    // With --json, what jest writes to standard output is the report again.
    runProject(project, args, ["ignore", "ignore", "inherit"]);
    return parseFaultRun(readFileSync(report, "utf8"));
  } catch {
    return { tests: [], brokenFiles: [`the project "${project}"`] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

process.exitCode = main(process.argv.slice(2));
