// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { cp, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { jest } from "@jest/globals";
import { scratchFolder } from "../support/scratchFolder.ts";

// Each case starts processes of its own, and a busy machine starts them slowly.
jest.setTimeout(60_000);

const repository = fileURLToPath(new URL("../..", import.meta.url));

describe(".ci/run", () => {
  const root = scratchFolder();
  beforeEach(async () => {
    for (const folder of [".ci", "scripts", "bin", "temporary"]) await mkdir(join(root(), folder));
    await cp(join(repository, ".ci", "run"), join(root(), ".ci", "run"));
    const scripts = (await readdir(join(repository, "scripts"))).filter((name) => /\.(?:mjs|ts)$/.test(name));
    for (const name of scripts) await cp(join(repository, "scripts", name), join(root(), "scripts", name));
    await writeFile(join(root(), "package.json"), '{"type":"module"}');
    await writeFile(join(root(), "package-lock.json"), '{"packages":{}}');
  });

  const report = (passed: number, failed: number, skipped: number): string =>
    JSON.stringify({
      numPassedTests: passed,
      numFailedTests: failed,
      numRuntimeErrorTestSuites: 0,
      numPendingTests: skipped,
      numTodoTests: 0,
    });

  /** Runs with an npm whose verbs do as told. */
  function run(verbs: { readonly test: string; readonly check?: string; readonly ci?: string }): {
    status: number | null;
    lines: string[];
  } {
    const { test, check = "exit 0", ci = "" } = verbs;
    const node = `mkdir -p node_modules/.bin; printf '#!/bin/sh\\nexec ${process.execPath} --no-warnings "$@"\\n' > node_modules/.bin/node; chmod +x node_modules/.bin/node`;
    const lines = [
      `echo "$*" >> "${root()}/npm.log"`,
      'case "$1" in',
      `ci) ${ci || node} ;;`,
      `test) ${test} ;;`,
      `run) ${check} ;;`,
      "esac",
    ];
    return runWith(lines);
  }
  function runWith(lines: readonly string[]): { status: number | null; lines: string[] } {
    const npm = join(root(), "bin", "npm");
    spawnSync("sh", ["-c", 'printf "%s\\n" "$@" > "$0"; chmod +x "$0"', npm, "#!/bin/sh", ...lines]);
    const env = {
      PATH: [join(root(), "bin"), join(process.execPath, ".."), "/usr/bin", "/bin"].join(delimiter),
      TMPDIR: join(root(), "temporary"),
      HOME: root(),
    };
    const { status, stdout } = spawnSync(join(root(), ".ci", "run"), { cwd: "/", env, encoding: "utf8" });
    expect(stdout.endsWith("\n")).toBe(true);
    return { status, lines: stdout.slice(0, -1).split("\n") };
  }
  const write = (text: string): string => `printf '%s' '${text}' > "$CLAWS_TEST_RESULTS/unit.json"`;

  it("runs the tests and each other check, and ends with the real sums alone on the last line", async () => {
    const lab = `printf '%s' '${report(2, 0, 0)}' > "$CLAWS_TEST_RESULTS/lab.json"`;
    const { status, lines } = run({ test: `${write(report(40, 0, 3))}; ${lab}; echo 'Tests: 40 passed'` });
    expect(lines.at(-1)).toBe("tests: 42 passed, 0 failed, 3 skipped");
    expect(status).toBe(0);
    expect((await readFile(join(root(), "npm.log"), "utf8")).split("\n").slice(0, 2)).toEqual([
      "test",
      "run check -- lint types format bench",
    ]);
    expect(await readdir(join(root(), "temporary"))).toEqual([]);
  });

  it.each([
    ["a test failed", { test: `${write(report(40, 1, 0))}; exit 1` }, "tests: 40 passed, 1 failed, 0 skipped"],
    ["a test failed but npm hid it", { test: write(report(40, 1, 0)) }, "tests: 40 passed, 1 failed, 0 skipped"],
    [
      "npm test failed beside the tests",
      { test: `${write(report(40, 0, 0))}; exit 1` },
      "tests: 40 passed, 0 failed, 0 skipped",
    ],
    [
      "another check failed",
      { test: write(report(40, 0, 0)), check: "exit 1" },
      "tests: 40 passed, 0 failed, 0 skipped",
    ],
    ["no test ran", { test: write(report(0, 0, 4)) }, "tests: 0 passed, 0 failed, 4 skipped"],
    ["there are no results", { test: "exit 0" }, "tests: 0 passed, 0 failed, 0 skipped"],
    ["a result is cut off", { test: write('{"numPassedTests":4') }, "tests: 0 passed, 0 failed, 0 skipped"],
    ["nothing can be installed", { test: "exit 1", ci: "exit 1" }, "tests: 0 passed, 0 failed, 0 skipped"],
  ])("fails when %s, and still ends with the line", (_name, verbs, last) => {
    const { status, lines } = run(verbs);
    expect(lines.at(-1)).toBe(last);
    expect(status).toBe(1);
  });

  it("gives its steps no input to wait for", () => {
    const { lines } = run({ test: `${write(report(1, 0, 0))}; wc -c` });
    expect(lines[0]?.trim()).toBe("0");
  });
});
