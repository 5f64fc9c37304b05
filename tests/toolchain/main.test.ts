// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { scratchFolder, writeScript } from "../support/scratchFolder.ts";

const main = fileURLToPath(new URL("../../toolchain/main.ts", import.meta.url));
const fakeHost = fileURLToPath(new URL("../support/fakeLanguageHost.ts", import.meta.url));

describe("the toolchain command", () => {
  const folder = scratchFolder();
  function run(
    args: readonly string[],
    changes: NodeJS.ProcessEnv = {},
  ): { status: number | null; stdout: string; stderr: string } {
    const env = { PATH: join(folder(), "bin"), HOME: folder(), CLAWS_CACHE: join(folder(), "cache"), ...changes };
    return spawnSync(process.execPath, ["--no-warnings", main, ...args], { env, encoding: "utf8" });
  }
  async function installAll(): Promise<void> {
    const bin = join(folder(), "bin");
    await mkdir(bin);
    await writeScript(join(bin, "pulumi"), "echo v3.259.0");
    await writeScript(
      join(bin, "pulumi-language-nodejs"),
      `exec ${process.execPath} --no-warnings ${fakeHost} v3.259.0`,
    );
    await writeScript(join(bin, "headscale"), "echo headscale version v0.29.2");
    await writeScript(join(bin, "tailscale"), "echo 1.98.4");
    await writeScript(join(bin, "tailscaled"), "echo 1.98.4");
  }

  it("prints name -> path as JSON and nothing else on standard output", async () => {
    await installAll();
    const { status, stdout, stderr } = run(["resolve", "--json"]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const names = ["pulumi", "pulumi-language-nodejs", "headscale", "tailscale", "tailscaled"];
    expect(JSON.parse(stdout)).toEqual(Object.fromEntries(names.map((name) => [name, join(folder(), "bin", name)])));
  });

  it("prints a table for people", async () => {
    await installAll();
    const { status, stdout } = run([]);
    expect(status).toBe(0);
    expect(stdout.split("\n")[0]).toBe(`pulumi                 path     ${join(folder(), "bin", "pulumi")}`);
    expect(stdout.split("\n")).toHaveLength(6);
  });

  it("says where the cache is", () => {
    expect(run(["where"])).toMatchObject({
      status: 0,
      stdout: `${join(folder(), "cache", "toolchain")}\n`,
      stderr: "",
    });
  });

  it("fails in one line when the cache cannot be made", () => {
    const { status, stdout, stderr } = run(["resolve"], { CLAWS_CACHE: "/dev/null/cache" });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^toolchain: error: [^\n]*\/dev\/null\/cache[^\n]*\n$/);
  });

  it.each([
    [["fetch"], 'unknown command "fetch"'],
    [["toString"], 'unknown command "toString"'],
    [["where", "x"], 'unexpected "x"'],
    [["--yaml"], "Unknown option '--yaml'"],
  ])("refuses %j with status 2 and the usage", (args, message) => {
    const { status, stdout, stderr } = run(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(`toolchain: error: ${message}`);
    expect(stderr).toContain("usage: npm run toolchain");
  });

  it("prints its usage when asked", () => {
    expect(run(["--help"])).toMatchObject({ status: 0, stderr: "" });
  });
});
