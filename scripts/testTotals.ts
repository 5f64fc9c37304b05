// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Sums over jest's results. */
export interface TestTotals {
  readonly passed: number;
  /** Failed tests, and files that could not run at all. */
  readonly failed: number;
  /** Tests marked as skipped or to do. */
  readonly skipped: number;
}

const noTests: TestTotals = { passed: 0, failed: 0, skipped: 0 };

/** Adds up jest's JSON results in a folder. A folder that is missing or empty gives zeros. */
export function readTotals(folder: string): TestTotals {
  if (!existsSync(folder)) return noTests;
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return names.map((name) => parseTotals(readFileSync(join(folder, name), "utf8"))).reduce(add, noTests);
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
  const totals = readTotals(process.argv[2] ?? "");
  process.stdout.write(`${formatTotals(totals)}\n`);
  process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
}
