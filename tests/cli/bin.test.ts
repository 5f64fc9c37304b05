// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const bin = join(import.meta.dirname, "../../cli/bin.cjs");

/** Runs the entry file under a Node that says it is of another version. */
function runAs(version: string) {
  const pretend = `Object.defineProperty(process.versions, "node", { value: ${JSON.stringify(version)} });`;
  const preload = `data:text/javascript,${encodeURIComponent(pretend)}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", preload, bin, "version"], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  return { status, stdout, stderr };
}

describe("the entry file", () => {
  it.each(["18.20.0", "20.20.2", "22.17.9"])("says in one line that Node %s is too old", (version) => {
    expect(runAs(version)).toEqual({
      status: 2,
      stdout: "",
      stderr:
        `claws: error: Node ${version} is too old: claws needs 22.18 or newer\n` +
        "claws: hint: npm run -s claws -- COMMAND brings the right one\n",
    });
  });

  it.each(["22.18.0", "24.0.0"])("goes on under Node %s", (version) => {
    expect(runAs(version)).toEqual({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: "" });
  });

  it.each([
    ["win32", "1"],
    ["linux", undefined],
    ["darwin", undefined],
  ])("on %s, has programs looked for on the PATH only and not in a clone's folder first", (platform, expected) => {
    const pretend = [
      `Object.defineProperty(process, "platform", { value: "${platform}" });`,
      `process.on("exit", () => console.log(String(process.env.NoDefaultCurrentDirectoryInExePath)));`,
    ];
    const preload = `data:text/javascript,${encodeURIComponent(pretend.join("\n"))}`;
    const { stdout } = spawnSync(process.execPath, ["--import", preload, bin, "version"], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"] },
    });
    expect(stdout.trim().split("\n").at(-1)).toBe(String(expected));
  });

  /** Runs it in a folder where somebody else may have laid files; gives what it made there. */
  function leftBehind(cache: Readonly<Record<string, string>>, before: () => void = () => undefined) {
    before();
    const options = { encoding: "utf8", cwd: folder(), env: { PATH: process.env["PATH"], ...cache } } as const;
    expect(spawnSync(process.execPath, [bin, "version"], options).stderr).toBe("");
    return readdirSync(folder(), { recursive: true }).filter((name) => String(name).includes("compiled/"));
  }

  it.each([[{ CLAWS_CACHE: "cache" }], [{ CLAWS_CACHE: "./" }], [{ XDG_CACHE_HOME: "cache" }], [{ HOME: "." }]])(
    "runs no compiled code from the folder where it is called, as %j would have it",
    (cache) => {
      expect(leftBehind(cache)).toEqual([]);
    },
  );

  it("runs no compiled code from a folder in which everybody may write", () => {
    const cache = { CLAWS_CACHE: folder() };
    const open = (mode: number) => (): void => {
      mkdirSync(join(folder(), "compiled"), { recursive: true });
      chmodSync(join(folder(), "compiled"), mode);
    };
    expect(leftBehind(cache, open(0o777))).toEqual([]);
    expect(leftBehind(cache, open(0o775))).not.toEqual([]);
  });

  it.each(["", ":/usr/bin", ".:/usr/bin", "/usr/bin::/bin", "./node_modules/.bin:/usr/bin", "/usr/bin:"])(
    "runs no program out of the folder of a project, as a PATH of %j would have it",
    (path) => {
      const trap = '#!/bin/sh\necho "$DIGITALOCEAN_TOKEN" >trapped\n';
      mkdirSync(join(folder(), "node_modules", ".bin"), { recursive: true });
      writeFileSync(join(folder(), "Pulumi.yaml"), "name: p\nruntime: nodejs\n");
      for (const place of ["pulumi", "git", join("node_modules", ".bin", "pulumi")])
        writeFileSync(join(folder(), place), trap, { mode: 0o755 });
      const env = { PATH: path, DIGITALOCEAN_TOKEN: "canary", PULUMI_CONFIG_PASSPHRASE: "canary" };
      for (const words of [["status"], ["vault", "diff", "HEAD", "--vault", "v.age"]])
        spawnSync(process.execPath, [bin, ...words], { cwd: folder(), env });
      expect(readdirSync(folder())).not.toContain("trapped");
    },
  );
});
