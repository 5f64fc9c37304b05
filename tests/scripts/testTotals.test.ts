// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { formatTotals, parseTotals, readTotals } from "../../scripts/testTotals.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const script = fileURLToPath(new URL("../../scripts/testTotals.ts", import.meta.url));
const report = (passed: number, failed: number, broken = 0, pending = 0, todo = 0): string =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numRuntimeErrorTestSuites: broken,
    numPendingTests: pending,
    numTodoTests: todo,
  });

describe("test totals", () => {
  const folder = scratchFolder();

  it("count a file that could not run as failed, and tests to do as skipped", () => {
    expect(parseTotals(report(5, 1, 2, 3, 4))).toEqual({ passed: 5, failed: 3, skipped: 7 });
  });

  it("are the sums over all projects", async () => {
    await writeFile(join(folder(), "unit.json"), report(5, 1, 0, 2));
    await writeFile(join(folder(), "lab.json"), report(7, 0));
    await writeFile(join(folder(), "notes.txt"), "no report");
    expect(readTotals(folder())).toEqual({ totals: { passed: 12, failed: 1, skipped: 2 }, failures: [], problems: [] });
  });

  const lost = (project: string): string =>
    `the project "${project}" left no results, it did not run to its end: counted as 1 failed`;

  it.each([
    ["missing", undefined],
    ["cut off", report(7, 0).slice(0, -5)],
  ])("count a project whose report is %s as one failed test, and say so", async (_name, text) => {
    await writeFile(join(folder(), "unit.json"), report(5, 0));
    if (text !== undefined) await writeFile(join(folder(), "lab.json"), text);
    const expected = { totals: { passed: 5, failed: 1, skipped: 0 }, failures: [], problems: [lost("lab")] };
    expect(readTotals(folder())).toEqual(expected);
  });

  it("name each project of which nothing is left", () => {
    const expected = {
      totals: { passed: 0, failed: 2, skipped: 0 },
      failures: [],
      problems: [lost("unit"), lost("lab")],
    };
    expect(readTotals(join(folder(), "missing"))).toEqual(expected);
  });

  it("name a project whose tests were all skipped", async () => {
    await writeFile(join(folder(), "unit.json"), report(5, 0));
    await writeFile(join(folder(), "lab.json"), report(0, 0, 0, 11));
    const expected = {
      totals: { passed: 5, failed: 0, skipped: 11 },
      failures: [],
      problems: ['no test of the project "lab" ran'],
    };
    expect(readTotals(folder())).toEqual(expected);
  });

  it("name the failed tests of all projects, in their order", async () => {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const withTest = (project: string, name: string): Promise<void> => {
      const assertionResults = [
        { status: "passed", fullName: "is left out" },
        { status: "failed", fullName: name },
      ];
      const testResults = [{ name: join(root, `tests/${project}.test.ts`), status: "failed", assertionResults }];
      const whole = { ...(JSON.parse(report(1, 1)) as object), testResults };
      return writeFile(join(folder(), `${project}.json`), JSON.stringify(whole));
    };
    await withTest("unit", "the vault opens");
    await withTest("lab", "a droplet boots");
    const names = ["tests/unit.test.ts › the vault opens", "tests/lab.test.ts › a droplet boots"];
    expect(readTotals(folder()).failures).toEqual(names);
    const { stdout } = spawnSync(process.execPath, ["--no-warnings", script, folder()], { encoding: "utf8" });
    const expected = [...names.map((name) => `failed: ${name}`), "tests: 2 passed, 2 failed, 0 skipped", ""];
    expect(stdout.split("\n")).toEqual(expected);
  });

  it.each([["[]"], ["null"], ["{}"], [report(-1, 0)], [report(0.5, 0)], [report(1, 0).replace("1", '"1"')]])(
    "refuse a report like %s",
    (text) => {
      expect(() => parseTotals(text)).toThrow('cannot read test results: "num');
    },
  );

  it("refuse a report that was cut off anywhere", () => {
    const whole = report(1, 2);
    for (let length = 0; length < whole.length; length += 1)
      expect(() => parseTotals(whole.slice(0, length))).toThrow();
  });

  it("are printed in one form", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), (passed, failed, skipped) => {
        expect(formatTotals({ passed, failed, skipped })).toMatch(/^tests: \d+ passed, \d+ failed, \d+ skipped$/);
      }),
    );
  });

  it.each([
    [report(3, 0, 0, 1), report(2, 0), "tests: 5 passed, 0 failed, 1 skipped\n", 0],
    [report(3, 1), report(2, 0), "tests: 5 passed, 1 failed, 0 skipped\n", 1],
    [report(3, 0, 1), report(2, 0), "tests: 5 passed, 1 failed, 0 skipped\n", 1],
    [report(3, 0), report(0, 0, 0, 9), "tests: 3 passed, 0 failed, 9 skipped\n", 1],
    [report(3, 0), "", "tests: 3 passed, 1 failed, 0 skipped\n", 1],
  ])("as a command, for %s and %s, print %j and end with %d", async (unit, lab, stdout, status) => {
    await writeFile(join(folder(), "unit.json"), unit);
    await writeFile(join(folder(), "lab.json"), lab);
    const result = spawnSync(process.execPath, ["--no-warnings", script, folder()], { encoding: "utf8" });
    expect({ stdout: result.stdout, status: result.status }).toEqual({ stdout, status });
  });
});
