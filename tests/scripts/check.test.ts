// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { scratchFolder, writeScript } from "../support/scratchFolder.ts";

const check = fileURLToPath(new URL("../../scripts/check.ts", import.meta.url));

describe("the check command", () => {
  const folder = scratchFolder();
  beforeEach(async () => {
    for (const name of ["npm", "prettier"]) {
      await writeScript(join(folder(), name), `echo "${name} $*" >> "${folder()}/log"`, '[ "$FAIL" != "$*" ]');
    }
  });
  function run(args: readonly string[], fail = "-"): { status: number | null; stderr: string } {
    const env = { PATH: [folder(), "/usr/bin", "/bin"].join(delimiter), FAIL: fail };
    return spawnSync(process.execPath, ["--no-warnings", check, ...args], { env, encoding: "utf8" });
  }
  const log = async (): Promise<string[]> =>
    (await readFile(join(folder(), "log"), "utf8").catch(() => "")).split("\n").filter((line) => line !== "");

  it("runs every check through the verb that people type", async () => {
    expect(run([]).status).toBe(0);
    expect(await log()).toEqual([
      "npm run --silent lint",
      "npm run --silent types",
      "prettier --check .",
      "npm test --silent",
      "npm run --silent bench -- --short",
    ]);
  });

  it("runs only the checks named", async () => {
    const { status, stderr } = run(["format", "lint"]);
    expect(status).toBe(0);
    expect(await log()).toEqual(["npm run --silent lint", "prettier --check ."]);
    expect(stderr).toMatch(
      /^check: lint \.\.\.\ncheck: lint passed \(\d+\.\d s\)\ncheck: format \.\.\.\ncheck: format passed/,
    );
  });

  it("goes on after a failed check and names it at the end", async () => {
    const { status, stderr } = run(["lint", "types"], "run --silent lint");
    expect(status).toBe(1);
    expect(await log()).toHaveLength(2);
    expect(stderr).toContain("check: lint FAILED");
    expect(stderr.endsWith("check: error: failed: lint\n")).toBe(true);
  });

  it("refuses an unknown check before it runs any", async () => {
    expect(run(["lint", "toString"])).toMatchObject({
      status: 2,
      stderr: 'check: error: unknown check "toString"; known: lint types format test bench\n',
    });
    expect(await log()).toEqual([]);
  });
});
