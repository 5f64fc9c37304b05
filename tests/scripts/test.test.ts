// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseTotals } from "../../scripts/testTotals.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const scripts = fileURLToPath(new URL("../../scripts", import.meta.url));

describe("the test command", () => {
  const root = scratchFolder();
  const stories = (): string => join(root(), "tests", "stories");
  const notRoot = "Object.defineProperty(process, 'getuid', { value: () => 1000 });";
  const isRoot = "Object.defineProperty(process, 'getuid', { value: () => 0 });";

  beforeEach(async () => {
    await mkdir(join(root(), "scripts"));
    for (const file of ["test.ts", "jestRun.ts"]) await cp(join(scripts, file), join(root(), "scripts", file));
    await writeFile(join(root(), "package.json"), '{"type":"module"}');
    await mkdir(join(stories(), "deep"), { recursive: true });
    for (const name of ["a.test.ts", "deep/b.test.ts", "notes.txt"]) await writeFile(join(stories(), name), "");
    // A stand-in for jest that notes how it was called and fails for the project named in FAIL.
    await mkdir(join(root(), "node_modules", "jest", "bin"), { recursive: true });
    await writeFile(join(root(), "node_modules", "jest", "package.json"), '{"name":"jest","type":"commonjs"}');
    const note = `require("fs").appendFileSync(${JSON.stringify(join(root(), "log"))}, process.argv.slice(2).join(" ") + "\\n");`;
    const options = 'if (!process.env.NODE_OPTIONS.includes("--experimental-vm-modules")) process.exit(9);';
    const fail = "if (process.argv.at(-1) === process.env.FAIL) process.exit(3);";
    await writeFile(join(root(), "node_modules", "jest", "bin", "jest.js"), [note, options, fail].join("\n"));
  });

  function run(
    args: readonly string[],
    who: string,
    changes: NodeJS.ProcessEnv = {},
  ): { status: number | null; stderr: string } {
    const preload = `data:text/javascript,${encodeURIComponent(who)}`;
    const env = { PATH: process.env["PATH"], CLAWS_TOOLCHAIN: "{}", ...changes };
    const argv = ["--no-warnings", "--import", preload, join(root(), "scripts", "test.ts"), ...args];
    return spawnSync(process.execPath, argv, { env, encoding: "utf8" });
  }
  const log = async (): Promise<string[]> =>
    (await readFile(join(root(), "log"), "utf8").catch(() => "")).split("\n").filter((line) => line !== "");

  it("runs both projects, the lab's stories one at a time", async () => {
    expect(run([], isRoot)).toMatchObject({ status: 0, stderr: "" });
    expect(await log()).toEqual(["--maxWorkers=100% --selectProjects unit", "--runInBand --selectProjects lab"]);
  });

  it("runs one project, with jest's own arguments", async () => {
    expect(run(["unit", "tests/cli", "-t", "some name"], notRoot)).toMatchObject({ status: 0, stderr: "" });
    expect(await log()).toEqual(["--maxWorkers=100% tests/cli -t some name --selectProjects unit"]);
  });

  it("leaves jest's results where it is told to, and does not wait for what a test left running", async () => {
    run([], isRoot, { CLAWS_TEST_RESULTS: "/results" });
    expect(await log()).toEqual([
      "--maxWorkers=100% --forceExit --json --outputFile=/results/unit.json --selectProjects unit",
      "--runInBand --forceExit --json --outputFile=/results/lab.json --selectProjects lab",
    ]);
  });

  it.each(["unit", "lab"])("runs both and fails when %s fails", async (project) => {
    expect(run([], isRoot, { FAIL: project }).status).toBe(1);
    expect(await log()).toHaveLength(2);
  });

  it("says that the lab is skipped without root, and why", async () => {
    const { status, stderr } = run([], notRoot);
    expect(status).toBe(0);
    expect(stderr).toBe(
      "test: lab: skipped all 2 test files: it needs root (network namespaces, TUN devices); run npm test as root\n",
    );
    expect(await log()).toEqual(["--maxWorkers=100% --selectProjects unit"]);
  });

  it("counts the lab's files as skipped in its results when it cannot run", async () => {
    expect(run([], notRoot, { CLAWS_TEST_RESULTS: root() }).status).toBe(0);
    const text = await readFile(join(root(), "lab.json"), "utf8");
    expect(parseTotals(text)).toEqual({ passed: 0, failed: 0, skipped: 2 });
    const message = "it needs root (network namespaces, TUN devices); run npm test as root";
    expect(JSON.parse(text)).toHaveProperty("testResults", [
      { name: join(stories(), "a.test.ts"), status: "pending", message },
      { name: join(stories(), "deep", "b.test.ts"), status: "pending", message },
    ]);
  });

  it.each([
    ["the lab can run", [], isRoot],
    ["the lab is not asked for", ["unit"], notRoot],
  ])("leaves the lab's results to jest when %s", async (_name, args, who) => {
    run(args, who, { CLAWS_TEST_RESULTS: root() });
    await expect(readFile(join(root(), "lab.json"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("says that the lab is skipped without a toolchain", () => {
    const { stderr } = run([], isRoot, { CLAWS_TOOLCHAIN: undefined });
    expect(stderr).toBe(
      "test: lab: skipped all 2 test files: there is no toolchain; run npm test or npm run test:lab\n",
    );
  });

  it("fails when the lab alone is asked for and cannot run", async () => {
    expect(run(["lab"], notRoot).status).toBe(1);
    expect(await log()).toEqual([]);
  });

  it("refuses an unknown project with status 2", async () => {
    const { status, stderr } = run(["labs"], isRoot);
    expect({ status, log: await log() }).toEqual({ status: 2, log: [] });
    expect(stderr).toMatch(/^test: error: unknown project "labs"; usage: /);
  });
});
