// SPDX-License-Identifier: Apache-2.0
import type { FaultCase } from "./faultCases.ts";

/** One test of the matrix, as jest reports it. */
export interface FaultTest {
  /** Null when its name begins with no number. */
  readonly number: number | null;
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
}

/** What one run of jest says. */
export interface FaultRun {
  readonly tests: readonly FaultTest[];
  /** Test files that could not run at all. */
  readonly brokenFiles: readonly string[];
}

/** One line of the matrix. */
export interface FaultRow {
  readonly number: number;
  readonly title: string;
  readonly passed: number;
  readonly failed: number;
  /** `left out`: its tests need the lab, which did not run. */
  readonly result: "pass" | "FAIL" | "missing" | "left out";
}

/**
 * Reads jest's JSON report.
 *
 * @throws Error when the text is none.
 */
export function parseFaultRun(text: string): FaultRun {
  const files = listIn(JSON.parse(text), "testResults");
  return {
    tests: files.flatMap((file) => listIn(file, "assertionResults").map(readTest)),
    brokenFiles: files
      .filter((file) => listIn(file, "assertionResults").length === 0 && member(file, "status") === "failed")
      .map((file) => String(member(file, "name"))),
  };
}

/** The matrix: one row for each case. Tests of cases that are not in the list make rows of their own. */
export function faultRows(
  cases: readonly FaultCase[],
  tests: readonly FaultTest[],
  labRan: boolean,
): readonly FaultRow[] {
  return cases.map(({ number, title, where }) => {
    const own = tests.filter((test) => test.number === number);
    const count = (outcome: FaultTest["outcome"]): number => own.filter((test) => test.outcome === outcome).length;
    const passed = count("passed");
    const failed = count("failed");
    const empty = where === "lab" && !labRan ? "left out" : "missing";
    const result = failed > 0 ? "FAIL" : passed > 0 ? "pass" : empty;
    return { number, title, passed, failed, result };
  });
}

/** Tests that no row counts: their names begin with no number, or with that of no case. */
export function strayTests(cases: readonly FaultCase[], tests: readonly FaultTest[]): readonly FaultTest[] {
  return tests.filter((test) => !cases.some(({ number }) => number === test.number));
}

/** The rows as a table of at most 80 columns, with a last line that sums up. */
export function renderMatrix(rows: readonly FaultRow[]): string {
  const line = (...[number, title, passed, failed, result]: readonly string[]): string =>
    `${number?.padStart(4)}  ${title?.padEnd(48)}  ${passed?.padStart(6)}  ${failed?.padStart(6)}  ${result}`;
  const body = rows.map(({ number, title, passed, failed, result }) =>
    line(String(number), title, String(passed), String(failed), result),
  );
  const counts = (["pass", "FAIL", "missing", "left out"] as const)
    .map((result) => [result, rows.filter((row) => row.result === result).length] as const)
    .filter(([result, count]) => count > 0 || result === "pass")
    .map(([result, count]) => `${count} ${result}`);
  return [line("CASE", "FAULT", "PASSED", "FAILED", "RESULT"), ...body, `faults: ${counts.join(", ")}`, ""].join("\n");
}

function readTest(result: unknown): FaultTest {
  const name = String(member(result, "title"));
  const [, digits] = /^(\d{1,2}) /.exec(name) ?? [];
  const status = member(result, "status");
  const outcome = status === "passed" || status === "failed" ? status : "skipped";
  return { number: digits === undefined ? null : Number(digits), name, outcome };
}

function listIn(value: unknown, name: string): readonly unknown[] {
  const list = member(value, name);
  if (!Array.isArray(list)) throw new Error(`cannot read test results: "${name}" is not a list`);
  return list as readonly unknown[];
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (Reflect.get(value, name) as unknown) : undefined;
}
