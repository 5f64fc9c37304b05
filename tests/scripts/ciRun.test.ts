// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { cp, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { scratchFolder, writeScript } from "../support/scratchFolder.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));

interface Ended {
  readonly status: number | null;
  /** Of standard output. */
  readonly lines: readonly string[];
  readonly stderr: string;
}

describe(".ci/run", () => {
  const root = scratchFolder();
  beforeEach(async () => {
    for (const folder of [".ci", "scripts", "toolchain", "bin", "temporary"]) await mkdir(join(root(), folder));
    await cp(join(repository, ".ci", "run"), join(root(), ".ci", "run"));
    const scripts = (await readdir(join(repository, "scripts"))).filter((name) => /\.(?:mjs|ts)$/.test(name));
    for (const name of scripts) await cp(join(repository, "scripts", name), join(root(), "scripts", name));
    await writeFile(join(root(), "toolchain", "main.ts"), 'console.log("{}");');
    await writeScript(join(root(), "bin", "dpkg-query"), 'shift 2; for name; do echo "$name installed"; done');
    for (const name of ["packer", "zsh", "fish", "mandoc"]) await writeScript(join(root(), "bin", name));
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
  function run(verbs: { readonly test: string; readonly check?: string; readonly ci?: string }): Ended {
    const { test, check = "exit 0", ci = "" } = verbs;
    const node = `mkdir -p node_modules/.bin; printf '#!/bin/sh\\nexec "${process.execPath}" --no-warnings "$@"\\n' > node_modules/.bin/node; chmod +x node_modules/.bin/node`;
    const lines = [
      `echo "$*" >> "${root()}/npm.log"`,
      'case "$1" in',
      `ci) ${ci || node} ;;`,
      `test) ${test} ;;`,
      `run) if [ "$2" = check ]; then ${check}; else ${test}; fi ;;`,
      "esac",
    ];
    return runWith(lines);
  }
  function runWith(lines: readonly string[]): Ended {
    const npm = join(root(), "bin", "npm");
    spawnSync("sh", ["-c", 'printf "%s\\n" "$@" > "$0"; chmod +x "$0"', npm, "#!/bin/sh", ...lines]);
    const env = {
      PATH: [join(root(), "bin"), join(process.execPath, ".."), "/usr/bin", "/bin"].join(delimiter),
      TMPDIR: join(root(), "temporary"),
      HOME: root(),
    };
    const { status, stdout, stderr } = spawnSync(join(root(), ".ci", "run"), { cwd: "/", env, encoding: "utf8" });
    expect(stdout.endsWith("\n")).toBe(true);
    return { status, lines: stdout.slice(0, -1).split("\n"), stderr };
  }
  const write = (text: string, project = "unit"): string =>
    `printf '%s' '${text}' > "$CLAWS_TEST_RESULTS/${project}.json"`;
  /** Results of unit tests as given, and of two stories that passed. */
  const writeBoth = (unit: string): string => `${write(unit)}; ${write(report(2, 0, 0), "lab")}`;
  const npmCalls = async (): Promise<string[]> =>
    (await readFile(join(root(), "npm.log"), "utf8")).split("\n").filter(Boolean);

  it("runs the tests and each other check, and ends with the real sums alone on the last line", async () => {
    const { status, lines } = run({ test: `${writeBoth(report(40, 0, 3))}; echo 'Tests: 40 passed'` });
    expect(lines.at(-1)).toBe("tests: 42 passed, 0 failed, 3 skipped");
    expect(status).toBe(0);
    expect((await npmCalls()).map((call) => call.split(" --ignore")[0])).toEqual([
      "ci",
      "test",
      "run check -- lint types format bench",
    ]);
    expect(await readdir(join(root(), "temporary"))).toEqual([]);
  });

  it.each([
    ["a test failed", { test: `${writeBoth(report(40, 1, 0))}; exit 1` }, "tests: 42 passed, 1 failed, 0 skipped"],
    ["a test failed but npm hid it", { test: writeBoth(report(40, 1, 0)) }, "tests: 42 passed, 1 failed, 0 skipped"],
    [
      "npm test failed beside the tests",
      { test: `${writeBoth(report(40, 0, 0))}; exit 1` },
      "tests: 42 passed, 0 failed, 0 skipped",
    ],
    [
      "another check failed",
      { test: writeBoth(report(40, 0, 0)), check: "exit 1" },
      "tests: 42 passed, 0 failed, 0 skipped",
    ],
    ["no unit test ran", { test: writeBoth(report(0, 0, 4)) }, "tests: 2 passed, 0 failed, 4 skipped"],
    [
      "the lab was skipped",
      { test: `${write(report(40, 0, 0))}; ${write(report(0, 0, 11), "lab")}` },
      "tests: 40 passed, 0 failed, 11 skipped",
    ],
    ["the lab left no results", { test: write(report(40, 0, 0)) }, "tests: 40 passed, 1 failed, 0 skipped"],
    ["there are no results", { test: "exit 0" }, "tests: 0 passed, 2 failed, 0 skipped"],
    ["a result is cut off", { test: writeBoth('{"numPassedTests":4') }, "tests: 2 passed, 1 failed, 0 skipped"],
    ["nothing can be installed", { test: "exit 1", ci: "exit 1" }, "tests: 0 passed, 1 failed, 0 skipped"],
  ])("fails when %s, and still ends with the line", (_name, verbs, last) => {
    const { status, lines } = run(verbs);
    expect(lines.at(-1)).toBe(last);
    expect(status).toBe(1);
  });

  it("says that the lab did not run, and why that counts", () => {
    expect(run({ test: write(report(40, 0, 0)) }).stderr).toContain(
      'test: the project "lab" left no results, it did not run to its end: counted as 1 failed\n',
    );
  });

  it("still runs the unit tests and the other checks where the toolchain cannot be had", async () => {
    await writeFile(join(root(), "toolchain", "main.ts"), "process.exitCode = 1;");
    const { status, lines } = run({ test: write(report(40, 0, 0)) });
    expect(lines.at(-1)).toBe("tests: 40 passed, 1 failed, 0 skipped");
    expect(status).toBe(1);
    expect((await npmCalls()).slice(1)).toEqual(["run test:unit", "run check -- lint types format bench"]);
  });

  it("stays within 85 minutes however its steps hang", async () => {
    const text = await readFile(join(repository, ".ci", "run"), "utf8");
    const minutes = [...text.matchAll(/limited (\d+)m /g)].map((match) => Number(match[1]));
    expect(minutes).toEqual([22, 48, 12]);
    expect(text).toContain("timeout --kill-after=60 ");
  });

  it("stops a step that hangs, says so and goes on", async () => {
    const file = join(root(), ".ci", "run");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("limited 48m", "limited 0.5s"), { mode: 0o755 });
    const { lines, stderr, status } = run({ test: `${write(report(40, 0, 0))}; exec tail -f /dev/null` });
    expect(stderr).toContain("ci: stopped after 0.5s: npm test\n");
    expect({ last: lines.at(-1), status }).toEqual({ last: "tests: 40 passed, 1 failed, 0 skipped", status: 1 });
    expect((await npmCalls()).at(-1)).toBe("run check -- lint types format bench");
  });

  it("gives its steps no input to wait for", () => {
    const { lines } = run({ test: `${writeBoth(report(1, 0, 0))}; wc -c` });
    expect(lines[0]?.trim()).toBe("0");
  });
});
