// SPDX-License-Identifier: Apache-2.0
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually } from "../support/eventually.ts";
import { scratchFolder, writeScript } from "../support/scratchFolder.ts";

const scripts = fileURLToPath(new URL("../../scripts", import.meta.url));
const files = [
  "bootstrap.mjs",
  "bundle.mjs",
  "nodePackages.mjs",
  "installLock.mjs",
  "systemPackages.mjs",
  "servicePolicy.mjs",
  "aptGet.mjs",
  "toolchainPaths.mjs",
  "runCommand.mjs",
];

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function stateOf(pid: number): Promise<"gone" | "there"> {
  const parse = (stat: string) => (/^\d+ \(.*\) Z /s.test(stat) ? "gone" : "there");
  return readFile(`/proc/${pid}/stat`, "utf8").then(parse, () => "gone");
}

describe("bootstrap", () => {
  const root = scratchFolder();
  const bin = (): string => join(root(), "path");
  const calls = async (): Promise<string[]> =>
    (await readFile(join(root(), "npm.log"), "utf8").catch(() => "")).split("\n").filter(Boolean);

  beforeEach(async () => {
    await mkdir(join(root(), "scripts"));
    await mkdir(bin());
    for (const file of files) await cp(join(scripts, file), join(root(), "scripts", file));
    await writeFile(join(root(), "package.json"), '{"type":"module"}');
    await writeLock("1.0.0");
    await installNpm(
      `mkdir -p node_modules/.bin && printf '#!/bin/sh\\nexec "${process.execPath}" "$@"\\n' > node_modules/.bin/node`,
    );
  });

  function writeLock(version: string): Promise<void> {
    const packages = {
      "": { version: "0" },
      "node_modules/a": { version },
      "node_modules/b": { version: "2.0.0", optional: true },
    };
    return writeFile(join(root(), "package-lock.json"), JSON.stringify({ packages }));
  }
  /** A stand-in for npm that notes its arguments, clears node_modules as `npm ci` does, and then does `work`. */
  async function installNpm(work: string): Promise<void> {
    await writeScript(
      join(bin(), "npm"),
      `echo "$*" >> npm.log`,
      "rm -rf node_modules",
      work,
      "status=$?",
      "chmod +x node_modules/.bin/node 2>/dev/null",
      "exit $status",
    );
  }
  /** What is missing would be installed: with these nothing is. */
  async function hideSystemPackages(): Promise<void> {
    await writeScript(join(bin(), "dpkg-query"), 'shift 2; for name; do echo "$name installed"; done');
    for (const name of ["packer", "zsh", "fish", "mandoc"]) await writeScript(join(bin(), name));
  }
  const environment = (changes: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    PATH: [bin(), "/usr/bin", "/bin"].join(delimiter),
    HOME: root(),
    ...changes,
  });
  const argv = (args: readonly string[]): string[] => [join(root(), "scripts", "bootstrap.mjs"), ...args];
  const run = (args: readonly string[], changes: NodeJS.ProcessEnv = {}): Run =>
    spawnSync(process.execPath, argv(args), { cwd: root(), env: environment(changes), encoding: "utf8" });

  it("installs the packages the first time and not again", async () => {
    const first = run(["--", "echo", "hello"]);
    expect(first).toMatchObject({
      status: 0,
      stdout: "hello\n",
      stderr: "bootstrap: installing npm packages (about half a minute) ...\n",
    });
    expect(run(["--", "echo", "again"])).toMatchObject({ status: 0, stdout: "again\n", stderr: "" });
    expect(await calls()).toEqual(["ci --ignore-scripts --no-audit --no-fund --loglevel=error"]);
    expect(await readdir(join(root(), ".claws"))).toEqual([]);
  });

  it("installs again when package-lock.json changed, when node_modules is gone, and when the stamp is damaged", async () => {
    run([]);
    await writeLock("1.0.1");
    run([]);
    await rm(join(root(), "node_modules"), { recursive: true });
    run([]);
    await writeFile(join(root(), "node_modules", ".office-claws-stamp"), "");
    run([]);
    run([]);
    expect(await calls()).toHaveLength(4);
  });

  it("installs again after an install that failed half-way, and runs no command then", async () => {
    await installNpm("mkdir -p node_modules/half; false");
    expect(run(["--", "echo", "hello"])).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringContaining(
        "bootstrap: error: cannot install the npm packages: npm ci ended with status 1\n",
      ),
    });
    run(["--", "echo", "hello"]);
    expect(await calls()).toHaveLength(2);
  });

  it("installs again after an install that was killed", async () => {
    await installNpm("mkdir -p node_modules/half; echo working >&2; exec tail -f /dev/null");
    const child = spawn(process.execPath, argv([]), { cwd: root(), env: environment(), detached: true });
    for await (const chunk of child.stderr) if (String(chunk).includes("working")) break;
    process.kill(-(child.pid ?? 0), "SIGKILL");
    await once(child, "close");
    await installNpm(`mkdir -p node_modules/.bin; ln -s "${process.execPath}" node_modules/.bin/node`);
    expect(run(["--", "echo", "hello"])).toMatchObject({ status: 0, stdout: "hello\n" });
    expect(await calls()).toHaveLength(2);
    expect(await readdir(join(root(), ".claws"))).toEqual([]);
  });

  it("does not take packages half removed by a killed install for those of an older lock file", async () => {
    run([]);
    await writeLock("1.0.1");
    await writeScript(join(bin(), "npm"), 'echo "$*" >> npm.log', "kill -9 $PPID");
    expect(run([]).status).not.toBe(0);
    await writeLock("1.0.0");
    await installNpm(`mkdir -p node_modules/.bin; ln -s "${process.execPath}" node_modules/.bin/node`);
    expect(run([])).toMatchObject({ status: 0 });
    expect(await calls()).toHaveLength(3);
  });

  it("leaves no npm at work when it is killed itself", async () => {
    await installNpm("echo $$ >&2; exec tail -f /dev/null");
    const child = spawn(process.execPath, argv([]), { cwd: root(), env: environment() });
    let text = "";
    for await (const chunk of child.stderr) if (/\n\d+\n/.test((text += String(chunk)))) break;
    const npm = Number(/\n(\d+)\n/.exec(text)?.[1]);
    child.kill("SIGKILL");
    await once(child, "close");
    await expect(
      eventually(
        () => stateOf(npm),
        (state) => state === "gone",
      ),
    ).resolves.toBe("gone");
  });

  it("says little about an install where there is no terminal", async () => {
    await installNpm(
      `echo; echo "added 591 packages in 25s"; mkdir -p node_modules/.bin; ln -s "${process.execPath}" node_modules/.bin/node`,
    );
    expect(run([], { CI: "true" })).toMatchObject({
      stdout: "",
      stderr: "bootstrap: installing npm packages (about half a minute) ...\n",
    });
  });

  it("lets one of two runs install, and the other wait and use it", async () => {
    await installNpm(`sleep 0.2; mkdir -p node_modules/.bin; ln -s "${process.execPath}" node_modules/.bin/node`);
    const both = [1, 2].map(() => spawn(process.execPath, argv(["--", "true"]), { cwd: root(), env: environment() }));
    const codes = await Promise.all(both.map(async (child) => (await once(child, "close"))[0] as unknown));
    expect(codes).toEqual([0, 0]);
    expect(await calls()).toHaveLength(1);
  });

  it.each([
    ["all of it", { "node_modules/a": { version: "1.0.0" }, "node_modules/b": { version: "2.0.0" } }, 0],
    ["all but an optional package", { "node_modules/a": { version: "1.0.0" } }, 0],
    ["another version", { "node_modules/a": { version: "1.0.1" } }, 1],
    ["one package more", { "node_modules/a": { version: "1.0.0" }, "node_modules/c": { version: "1.0.0" } }, 1],
    ["one package less", { "node_modules/b": { version: "2.0.0" } }, 1],
  ])("judges an install done by hand by npm's own record: %s", async (_name, packages, installs) => {
    await mkdir(join(root(), "node_modules", ".bin"), { recursive: true });
    await writeScript(join(root(), "node_modules", ".bin", "node"), "exit 0");
    await writeFile(join(root(), "node_modules", ".package-lock.json"), JSON.stringify({ packages }));
    expect(run(["--", "true"]).status).toBe(0);
    expect(await calls()).toHaveLength(installs);
  });

  it("puts npm's programs first on PATH and says nothing of a toolchain that was not asked for", () => {
    const { stdout } = run(["--", "sh", "-c", 'echo "$PATH|$CLAWS_TOOLCHAIN|$OTHER"'], { OTHER: "kept" });
    const [path = "", toolchain, other] = stdout.trim().split("|");
    expect(path.split(delimiter)).toEqual([join(root(), "node_modules", ".bin"), bin(), "/usr/bin", "/bin"]);
    expect({ toolchain, other }).toEqual({ toolchain: "", other: "kept" });
  });

  it("passes arguments, input and the exit code through unchanged", () => {
    run([]);
    const script = 'printf "%s," "$@"; cat; exit 41';
    const result = spawnSync(process.execPath, argv(["--", "sh", "-c", script, "sh", "a b", "", "$x", "--"]), {
      env: environment(),
      input: "typed",
      encoding: "utf8",
    });
    expect(result).toMatchObject({ status: 41, stdout: "a b,,$x,--,typed", stderr: "" });
  });

  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
    ["SIGHUP", 129],
  ] as const)("passes %s on and ends as the command does", async (signal, code) => {
    run([]);
    const child = spawn(process.execPath, argv(["--", "sh", "-c", "echo ready; exec tail -f /dev/null"]), {
      env: environment(),
    });
    await once(child.stdout, "data");
    child.kill(signal);
    expect(await once(child, "close")).toEqual([code, null]);
  });

  it("passes on a signal that arrives as soon as the command is there", async () => {
    run([]);
    const script = "kill -HUP $PPID; exec sleep 20";
    const children = Array.from({ length: 8 }, () =>
      spawn(process.execPath, argv(["--", "sh", "-c", script]), { env: environment() }),
    );
    const ends = await Promise.all(children.map((child) => once(child, "close")));
    expect(ends).toEqual(children.map(() => [129, null]));
  });

  it("lets the command decide what a signal means", async () => {
    run([]);
    const script = "trap 'echo cleaning; exit 5' TERM; echo ready; while :; do sleep 0.05; done";
    const child = spawn(process.execPath, argv(["--", "sh", "-c", script]), { env: environment() });
    let output = "";
    child.stdout.on("data", (chunk) => (output += String(chunk)));
    await once(child.stdout, "data");
    child.kill("SIGTERM");
    expect(await once(child, "close")).toEqual([5, null]);
    expect(output).toBe("ready\ncleaning\n");
  });

  it("ends with 127 for a command that does not exist", () => {
    run([]);
    expect(run(["--", "no-such-command"])).toMatchObject({
      status: 127,
      stderr: expect.stringMatching(/^bootstrap: error: cannot run "no-such-command": /),
    });
  });

  it.each([
    [["--tools", "--", "true"], 'unknown argument "--tools"'],
    [["true"], 'unknown argument "true"'],
    [["--"], 'no command after "--"'],
  ])("refuses %j with status 2 before it does anything", async (args, message) => {
    const { status, stderr } = run(args);
    expect(status).toBe(2);
    expect(stderr).toMatch(new RegExp(`^bootstrap: error: ${message}; usage: [^\\n]+\\n$`));
    expect(await calls()).toEqual([]);
  });

  it("gives the command the toolchain: paths as JSON, folders on PATH before an unfit program of the same name", async () => {
    await mkdir(join(root(), "toolchain"));
    await mkdir(join(root(), "cache"));
    await writeScript(join(bin(), "pulumi"), "echo unfit");
    await writeScript(join(root(), "cache", "pulumi"), "echo fit");
    await writeScript(join(bin(), "headscale"), "echo fit");
    const paths = { pulumi: join(root(), "cache", "pulumi"), headscale: join(bin(), "headscale") };
    await writeFile(
      join(root(), "toolchain", "main.ts"),
      `process.stderr.write("toolchain: working\\n"); console.log(${JSON.stringify(JSON.stringify(paths))});`,
    );
    await hideSystemPackages();
    const { status, stdout, stderr } = run([
      "--toolchain",
      "--",
      "sh",
      "-c",
      'echo "$CLAWS_TOOLCHAIN"; pulumi; headscale',
    ]);
    expect(stderr).toContain("toolchain: working\n");
    expect(status).toBe(0);
    expect(stdout.split("\n")).toEqual([JSON.stringify(paths), "fit", "fit", ""]);
  });

  it("runs no command when the toolchain cannot be had", async () => {
    await mkdir(join(root(), "toolchain"));
    await writeFile(join(root(), "toolchain", "main.ts"), "process.exitCode = 1;");
    await hideSystemPackages();
    const { status, stdout, stderr } = run(["--toolchain", "--", "echo", "hello"]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain("bootstrap: error: cannot go on without the toolchain (see above)\n");
  });
});
