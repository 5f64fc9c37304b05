// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { readFailures } from "./testFailures.ts";

/** Sums over jest's results. */
export interface TestTotals {
  readonly passed: number;
  /** Failed tests, and files that could not run at all. */
  readonly failed: number;
  /** Tests marked as skipped or to do. */
  readonly skipped: number;
}

/** Sums of a whole run, and what is wrong with it. */
export interface RunTotals {
  readonly totals: TestTotals;
  /** One line for each failed test, and for each file that could not run. */
  readonly failures: readonly string[];
  /** One line for each project that did not run to its end, or not at all. */
  readonly problems: readonly string[];
}

const noTests: TestTotals = { passed: 0, failed: 0, skipped: 0 };
const projects = ["unit", "lab"];

/**
 * Adds up jest's JSON results of all projects in a folder, named `<project>.json`. A project without readable results
 * counts as one failed test: it was stopped before its end.
 */
export function readTotals(folder: string): RunTotals {
  const runs = projects.map((project) => readProject(folder, project));
  return {
    totals: runs.map(({ totals }) => totals).reduce(add, noTests),
    failures: runs.flatMap(({ failures }) => failures),
    problems: runs.flatMap(({ problem }) => problem ?? []),
  };
}

interface ProjectTotals {
  readonly totals: TestTotals;
  readonly failures: readonly string[];
  readonly problem?: string;
}

function readProject(folder: string, project: string): ProjectTotals {
  try {
    const text = readFileSync(join(folder, `${project}.json`), "utf8");
    const run = { totals: parseTotals(text), failures: readFailures(text) };
    if (run.totals.passed + run.totals.failed > 0) return run;
    return { ...run, problem: `no test of the project "${project}" ran` };
  } catch {
    const problem = `the project "${project}" left no results, it did not run to its end: counted as 1 failed`;
    return { totals: { ...noTests, failed: 1 }, failures: [], problem };
  }
}

/**
 * Sums of one jest run.
 *
 * @throws when the text is not jest's JSON report.
 */
export function parseTotals(text: string): TestTotals {
  const report: unknown = JSON.parse(text);
  const count = (name: string): number => {
    const value: unknown = typeof report === "object" && report !== null ? Reflect.get(report, name) : undefined;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
      throw new Error(`cannot read test results: "${name}" is not a count`);
    }
    return value;
  };
  return {
    passed: count("numPassedTests"),
    failed: count("numFailedTests") + count("numRuntimeErrorTestSuites"),
    skipped: count("numPendingTests") + count("numTodoTests"),
  };
}

/** The line that ends a run of all checks. */
export function formatTotals({ passed, failed, skipped }: TestTotals): string {
  return `tests: ${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function add(a: TestTotals, b: TestTotals): TestTotals {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

if (import.meta.main) {
  const { totals, failures, problems } = readTotals(process.argv[2] ?? "");
  for (const problem of problems) process.stderr.write(`test: ${problem}\n`);
  // On standard output, which the sums end: of a log that was cut, the end is what is left.
  for (const failure of failures) process.stdout.write(`failed: ${failure}\n`);
  process.stdout.write(`${formatTotals(totals)}\n`);
  process.exitCode = totals.failed > 0 || problems.length > 0 ? 1 : 0;
}
