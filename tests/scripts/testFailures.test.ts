// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readFailures } from "../../scripts/testFailures.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const file = join(root, "tests/cli/vault.test.ts");
const failures = (...testResults: readonly unknown[]): readonly string[] =>
  readFailures(JSON.stringify({ testResults }));

describe("failed tests", () => {
  it("are named by file and full name, and no other test is", () => {
    const assertionResults = [
      { status: "failed", fullName: "claws opens a vault" },
      { status: "passed", fullName: "claws closes a vault" },
      { status: "pending", fullName: "claws sells a vault" },
      { status: "failed", fullName: "claws keeps a vault" },
    ];
    expect(failures({ name: file, status: "failed", assertionResults })).toEqual([
      "tests/cli/vault.test.ts › claws opens a vault",
      "tests/cli/vault.test.ts › claws keeps a vault",
    ]);
  });

  it("include a file that could not run, with the first line of why and no colour", () => {
    const message =
      "  ● Test suite failed to run\n\n    \u001B[31mCannot find module './vault.ts'\u001B[39m\n      at resolve\n";
    const broken = { name: file, status: "failed", message, assertionResults: [] };
    expect(failures(broken, { ...broken, message: "" })).toEqual([
      "tests/cli/vault.test.ts › cannot run: Cannot find module './vault.ts'",
      "tests/cli/vault.test.ts › cannot run: unknown reason",
    ]);
  });

  it("do not include a file that was skipped", () => {
    expect(failures({ name: file, status: "pending", message: "it needs root" })).toEqual([]);
  });

  it("take one line of at most 200 characters each, whatever their names hold", () => {
    const [line = "", ...others] = failures({
      ...{ name: file, status: "failed" },
      assertionResults: [{ status: "failed", fullName: `one\ntwo\r\n\tthree ${"x".repeat(1000)}` }],
    });
    expect(others).toEqual([]);
    expect(line).toMatch(/^tests\/cli\/vault\.test\.ts › one two three x+…$/);
    expect(line).toHaveLength(200);
  });

  it.each([["{}"], ["null"], ['{"testResults":{}}'], ['{"testResults":[null,7,{"assertionResults":"x"}]}']])(
    "are none in a report like %s",
    (text) => {
      expect(readFailures(text)).toEqual([]);
    },
  );
});
