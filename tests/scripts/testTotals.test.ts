// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
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

  it("are the sums over all reports", async () => {
    await writeFile(join(folder(), "unit.json"), report(5, 1, 0, 2));
    await writeFile(join(folder(), "lab.json"), report(7, 0));
    await writeFile(join(folder(), "notes.txt"), "no report");
    expect(readTotals(folder())).toEqual({ passed: 12, failed: 1, skipped: 2 });
  });

  it("are zero where there is no report", () => {
    expect(readTotals(folder())).toEqual({ passed: 0, failed: 0, skipped: 0 });
    expect(readTotals(join(folder(), "missing"))).toEqual({ passed: 0, failed: 0, skipped: 0 });
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
    [report(3, 0, 0, 1), "tests: 3 passed, 0 failed, 1 skipped\n", 0],
    [report(3, 1), "tests: 3 passed, 1 failed, 0 skipped\n", 1],
    [report(3, 0, 1), "tests: 3 passed, 1 failed, 0 skipped\n", 1],
    [report(0, 0, 0, 9), "tests: 0 passed, 0 failed, 9 skipped\n", 1],
  ])("as a command, for %s, print %j and end with %d", async (text, stdout, status) => {
    await mkdir(join(folder(), "results"));
    await writeFile(join(folder(), "results", "unit.json"), text);
    const result = spawnSync(process.execPath, ["--no-warnings", script, join(folder(), "results")], {
      encoding: "utf8",
    });
    expect({ stdout: result.stdout, status: result.status }).toEqual({ stdout, status });
  });
});
