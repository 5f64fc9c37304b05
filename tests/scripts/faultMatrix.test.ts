// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FAULT_CASES, type FaultCase } from "../../scripts/faultCases.ts";
import { faultRows, parseFaultRun, renderMatrix, strayTests, type FaultTest } from "../../scripts/faultMatrix.ts";

const CASES: readonly FaultCase[] = [
  { number: 7, title: "first", where: "unit" },
  { number: 8, title: "second", where: "unit" },
  { number: 9, title: "third", where: "lab" },
];

function test(name: string, outcome: FaultTest["outcome"]): FaultTest {
  return { number: Number.parseInt(name, 10), name, outcome };
}

describe("parseFaultRun", () => {
  it("reads the number in front of each test's own name, and what became of it", () => {
    const report = {
      testResults: [
        {
          name: "/a.test.ts",
          status: "failed",
          assertionResults: [
            { title: "28 a cut connection", ancestorTitles: ["99 no"], status: "passed" },
            { title: "5 one digit", status: "failed" },
            { title: "1000 streams", status: "passed" },
            { title: "no number", status: "pending" },
            { title: "30", status: "todo" },
          ],
        },
        { name: "/b.test.ts", status: "failed", assertionResults: [] },
        { name: "/c.test.ts", status: "passed", assertionResults: [] },
      ],
    };

    expect(parseFaultRun(JSON.stringify(report))).toEqual({
      tests: [
        { number: 28, name: "28 a cut connection", outcome: "passed" },
        { number: 5, name: "5 one digit", outcome: "failed" },
        { number: null, name: "1000 streams", outcome: "passed" },
        { number: null, name: "no number", outcome: "skipped" },
        { number: null, name: "30", outcome: "skipped" },
      ],
      brokenFiles: ["/b.test.ts"],
    });
  });

  it.each(["{}", "[]", "null", '{"testResults":1}', '{"testResults":[{}]}', '{"testResults":[null]}'])(
    "refuses %s, which is no report",
    (text) => expect(() => parseFaultRun(text)).toThrow(/^cannot read test results: "\w+" is not a list$/),
  );

  it("refuses what is no JSON", () => expect(() => parseFaultRun("")).toThrow(SyntaxError));
});

describe("faultRows", () => {
  it("passes a case with tests that all pass, and fails one of which any test fails", () => {
    const tests = [test("7 a", "passed"), test("7 b", "passed"), test("8 a", "passed"), test("8 b", "failed")];

    expect(faultRows(CASES, tests, false)).toEqual([
      { number: 7, title: "first", passed: 2, failed: 0, result: "pass" },
      { number: 8, title: "second", passed: 1, failed: 1, result: "FAIL" },
      { number: 9, title: "third", passed: 0, failed: 0, result: "left out" },
    ]);
  });

  it("misses a case without tests, or whose tests were all skipped; a lab's only when the lab ran", () => {
    const results = faultRows(CASES, [test("7 a", "skipped")], true).map(({ result }) => result);

    expect(results).toEqual(["missing", "missing", "missing"]);
  });
});

describe("strayTests", () => {
  it("finds those that no row counts", () => {
    const stray = [{ number: null, name: "no number", outcome: "passed" } as const, test("10 x", "failed")];

    expect(strayTests(CASES, [test("7 a", "passed"), ...stray])).toEqual(stray);
  });
});

describe("renderMatrix", () => {
  it("aligns its columns and sums up", () => {
    const rows = faultRows(CASES, [test("7 a", "passed"), test("8 b", "failed")], true);

    expect(renderMatrix(rows).split("\n")).toEqual([
      `CASE  FAULT${" ".repeat(43)}  PASSED  FAILED  RESULT`,
      `   7  first${" ".repeat(43)}       1       0  pass`,
      `   8  second${" ".repeat(42)}       0       1  FAIL`,
      `   9  third${" ".repeat(43)}       0       0  missing`,
      "faults: 1 pass, 1 FAIL, 1 missing",
      "",
    ]);
  });

  it("says so when nothing passes", () => {
    expect(renderMatrix([])).toContain("faults: 0 pass\n");
  });

  it("keeps the real matrix within 80 columns", () => {
    const lines = renderMatrix(faultRows(FAULT_CASES, [], false)).split("\n");

    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe("the list of cases", () => {
  it("has each number once, in order, with a title that fits", () => {
    const numbers = FAULT_CASES.map(({ number }) => number);

    expect(numbers).toEqual([...new Set(numbers)].sort((left, right) => left - right));
    expect(FAULT_CASES.filter(({ title }) => title.length > 48)).toEqual([]);
  });

  it("has tests for each of its cases, in the folders that the command runs", () => {
    const root = join(import.meta.dirname, "..");
    const files = [
      ...readdirSync(join(root, "faults")).map((name) => join(root, "faults", name)),
      ...readdirSync(join(root, "stories"))
        .filter((name) => name.startsWith("faults"))
        .map((name) => join(root, "stories", name)),
    ].filter((path) => path.endsWith(".test.ts"));
    const text = files.map((path) => readFileSync(path, "utf8")).join("\n");
    const missing = FAULT_CASES.filter(({ number }) => !new RegExp(`["\`]${number} `).test(text));

    expect(missing).toEqual([]);
  });
});
