// SPDX-License-Identifier: Apache-2.0
import { jest } from "@jest/globals";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openerFor } from "../../cli/browser.ts";
import type { Effects } from "../../cli/effects.ts";
import { panelUrl } from "../../cli/panelUrl.ts";
import { fakeStack, knownAgent, tailnetWith } from "../support/agentWorld.ts";
import { makeProject, runClaws, spawnClaws } from "../support/cliHarness.ts";
import { eventually } from "../support/eventually.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

jest.setTimeout(60_000);

const folder = scratchFolder();
let root = "";
let environment: Record<string, string> = {};
let world: Partial<Effects>;

beforeEach(async () => {
  ({ root, environment } = await makeProject(folder()));
  environment["CLAWS_CACHE"] = join(folder(), "cache");
  world = {
    environment,
    workingDirectory: root,
    openStack: () => Promise.resolve(fakeStack()),
    tailnetStatus: () => Promise.resolve(tailnetWith({ nAGENT: "100.64.0.7", nOTHER: "100.64.0.8" })),
  };
});

/** Puts a program on the PATH. */
async function program(name: string, ...lines: readonly string[]): Promise<void> {
  const bin = join(folder(), "bin");
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, name), ["#!/bin/sh", ...lines, ""].join("\n"));
  await chmod(join(bin, name), 0o755);
  environment["PATH"] = `${bin}:${process.env["PATH"] ?? ""}`;
}

describe("claws open", () => {
  it("prints where the panel of the node with the agent's ID is, and opens it", async () => {
    const opened: string[] = [];
    const openBrowser: Effects["openBrowser"] = (url) => Promise.resolve(void opened.push(url));
    const run = await runClaws(["open", "a1"], { ...world, openBrowser });
    expect(run).toEqual({ exitCode: 0, stdout: "http://100.64.0.7:7440/panel/\n", stderr: "" });
    expect(opened).toEqual(["http://100.64.0.7:7440/panel/"]);
  });

  it("with --print opens nothing, and without a display says why", async () => {
    expect((await runClaws(["open", "a1", "--print"], world)).exitCode).toBe(0);
    const openBrowser: Effects["openBrowser"] = () => Promise.resolve("there is no display");
    const { exitCode, stderr } = await runClaws(["open", "a1"], { ...world, openBrowser });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: "claws: no browser was opened: there is no display\n",
    });
  });

  it.each([
    ["an agent that the stack does not have", "b7", tailnetWith({}), 'the stack "dev" has no agent "b7"'],
    [
      "a node that the tailnet does not have",
      "a1",
      tailnetWith({ nOTHER: "100.64.0.8" }),
      "no node nAGENT in the tailnet",
    ],
    [
      "an address that is none",
      "a1",
      tailnetWith({ nAGENT: "evil.example/" }),
      "tailscaled gives node nAGENT an address",
    ],
  ])("refuses %s", async (_, agent, tailnet, message) => {
    const { exitCode, stdout, stderr } = await runClaws(["open", agent], {
      ...world,
      tailnetStatus: () => Promise.resolve(tailnet),
    });
    expect([exitCode === 0, stdout]).toEqual([false, ""]);
    expect(stderr).toContain(`claws: error: ${message}`);
  });

  it("writes an IPv6 address as a URL needs it", () => {
    expect(panelUrl(knownAgent(), tailnetWith({ nAGENT: "fd7a:115c::1" }))).toBe("http://[fd7a:115c::1]:7440/panel/");
  });

  it.each([
    ["darwin", {}, ["open"]],
    ["win32", {}, ["rundll32.exe", "url.dll,FileProtocolHandler"]],
    ["linux", { DISPLAY: ":0" }, ["xdg-open"]],
    ["linux", { WAYLAND_DISPLAY: "wayland-0" }, ["xdg-open"]],
    ["linux", {}, "there is no display"],
  ] as const)("on %s with %j uses %j", (platform, variables, opener) => {
    expect(openerFor(platform, variables)).toEqual(opener);
  });

  it("runs the system's opener with nothing that opens the vault in its environment", async () => {
    const { openBrowser } = await import("../../cli/browser.ts");
    await program("xdg-open", `{ echo "$1"; env; } > '${folder()}/opened'`);
    const variables = {
      ...environment,
      DISPLAY: ":0",
      CLAWS_AGE_KEY: "AGE-SECRET-KEY-1CANARY",
      DIGITALOCEAN_TOKEN: "CANARY",
    };
    expect(await openBrowser("http://100.64.0.7:7440/panel/", variables)).toBeUndefined();
    const opened = await eventually(
      async () => await readFile(join(folder(), "opened"), "utf8").catch(() => ""),
      (text) => text.includes("DISPLAY"),
    );
    expect(opened).toMatch(/^http:\/\/100\.64\.0\.7:7440\/panel\/\n/);
    expect(opened).not.toContain("CANARY");
    expect(await openBrowser("http://100.64.0.7/", { DISPLAY: ":0", PATH: "/nonexistent" })).toBe(
      "cannot run xdg-open: ENOENT",
    );
  });
});

describe("claws lab", () => {
  async function makeClone(): Promise<void> {
    for (const part of ["lab", "scripts"]) {
      await mkdir(join(root, part));
      await writeFile(join(root, part, "lab.ts"), "");
    }
    await writeFile(join(root, "package.json"), '{"name":"office-claws"}');
  }

  it("runs the clone's own script at this terminal, and passes a policy on by its full path", async () => {
    await makeClone();
    await program("npm", 'echo "npm $*"', '[ -z "$CLAWS_AGE_KEY" ] || echo leaked');
    environment["CLAWS_AGE_KEY"] = "AGE-SECRET-KEY-1CANARY";
    const run = await spawnClaws(["lab", "--policy", "../p.hujson"], { environment, folder: join(root, "stacks") });
    expect(run).toEqual({
      exitCode: 0,
      stdout: `npm --prefix ${root} run --silent lab -- ${join(root, "p.hujson")}\n`,
      stderr: "",
    });
  });

  it("exits 1 when the lab cannot start", async () => {
    await makeClone();
    await program("npm", "exit 7");
    expect((await spawnClaws(["lab"], { environment, folder: root })).exitCode).toBe(1);
  });

  it.each([
    ["without the lab's program", async () => await writeFile(join(root, "package.json"), '{"name":"office-claws"}')],
    [
      "of another name",
      async () => await makeClone().then(() => writeFile(join(root, "package.json"), '{"name":"x"}')),
    ],
    [
      "with a broken package.json",
      async () => await makeClone().then(() => writeFile(join(root, "package.json"), "{")),
    ],
  ])("refuses a project %s", async (_, prepare) => {
    await prepare();
    const run = await spawnClaws(["lab"], { environment, folder: root });
    expect(run).toEqual({
      exitCode: 2,
      stdout: "",
      stderr:
        `claws: error: there is no lab in "${root}": it is part of the Office Claws repository\n` +
        "claws: hint: run it in a clone of the repository, or name the clone with --cwd\n",
    });
  });
});
