// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Sums over jest's results. */
export interface TestTotals {
  readonly passed: number;
  /** Failed tests, and files that could not run at all. */
  readonly failed: number;
  /** Tests marked as skipped or to do. */
  readonly skipped: number;
}

/** Sums of a whole run, and what is wrong with it beside failed tests. */
export interface RunTotals {
  readonly totals: TestTotals;
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
    problems: runs.flatMap(({ problem }) => problem ?? []),
  };
}

function readProject(folder: string, project: string): { readonly totals: TestTotals; readonly problem?: string } {
  try {
    const totals = parseTotals(readFileSync(join(folder, `${project}.json`), "utf8"));
    if (totals.passed + totals.failed > 0) return { totals };
    return { totals, problem: `no test of the project "${project}" ran` };
  } catch {
    const problem = `the project "${project}" left no results, it did not run to its end: counted as 1 failed`;
    return { totals: { ...noTests, failed: 1 }, problem };
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
  const { totals, problems } = readTotals(process.argv[2] ?? "");
  for (const problem of problems) process.stderr.write(`test: ${problem}\n`);
  process.stdout.write(`${formatTotals(totals)}\n`);
  process.exitCode = totals.failed > 0 || problems.length > 0 ? 1 : 0;
}
