// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { runTool, type ToolOptions } from "../../cli/runTool.ts";
import { eventually } from "../support/eventually.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const repository = resolve(import.meta.dirname, "../..");

function options(changes: Partial<ToolOptions> = {}): ToolOptions {
  return { folder: folder(), environment: { PATH: process.env["PATH"] }, stdout: "collect", ...changes };
}

describe("runTool", () => {
  it("gives what the program printed and its exit code", async () => {
    expect(await runTool(["sh", "-c", "echo out; exit 3"], options())).toEqual({ code: 3, stdout: "out\n" });
  });

  it("gives 128 and the number of the signal that ended it", async () => {
    expect(await runTool(["sh", "-c", "kill -TERM $$"], options())).toEqual({ code: 143, stdout: "" });
  });

  it("runs it in the folder, without standard input", async () => {
    await mkdir(join(folder(), "there"));
    const run = await runTool(["sh", "-c", "pwd; cat"], options({ folder: join(folder(), "there") }));
    expect(run.stdout).toMatch(/\/there\n$/);
  });

  it("does not pass on what opens the vault", async () => {
    const environment = {
      PATH: process.env["PATH"],
      CLAWS_AGE_KEY: "x",
      CLAWS_AGE_KEY_FILE: "y",
      DIGITALOCEAN_TOKEN: "t",
    };
    const { stdout } = await runTool(["env"], options({ environment }));
    expect(stdout).toContain("DIGITALOCEAN_TOKEN=t");
    expect(stdout).not.toContain("CLAWS_AGE");
  });

  it("says in a line that there is no such program", async () => {
    const run = runTool(["no-such-program-of-ours"], options());
    await expect(run).rejects.toMatchObject({
      message: "cannot run no-such-program-of-ours: it is not on the PATH",
      exitCode: 1,
    });
  });

  it("interrupts it with the signal and waits until it has cleaned up", async () => {
    const stop = new AbortController();
    const script = "trap 'echo cleaned; exit 7' INT; echo ready > ready; while :; do sleep 0.05; done";
    const run = runTool(["sh", "-c", script], options({ signal: stop.signal }));
    await eventually(() => existsSync(join(folder(), "ready")), Boolean);
    stop.abort();
    expect(await run).toEqual({ code: 7, stdout: "cleaned\n" });
  });

  it("interrupts what the program started, too", async () => {
    const stop = new AbortController();
    const child = `process.on("SIGINT", () => { fs.writeFileSync("ended", ""); process.exit(); });
      setInterval(() => {}, 1000); fs.writeFileSync("ready", "");`;
    // Like a script that runs a compiler: it dies of the signal and does not pass it on.
    const parent = `child_process.spawnSync(process.execPath, ["-e", ${JSON.stringify(child)}])`;
    const run = runTool([process.execPath, "-e", parent], options({ signal: stop.signal }));
    await eventually(() => existsSync(join(folder(), "ready")), Boolean);
    stop.abort();
    expect((await run).code).toBe(130);
    expect(await eventually(() => existsSync(join(folder(), "ended")), Boolean)).toBe(true);
  });

  it("interrupts at once when the signal came before", async () => {
    const run = await runTool(["sleep", "1000"], options({ signal: AbortSignal.abort() }));
    expect(run.code).toBe(130);
  });

  it("shows on stderr what the program prints, and keeps stdout for data", async () => {
    const script = join(folder(), "run.ts");
    await writeFile(
      script,
      `import { runTool } from ${JSON.stringify(join(repository, "cli/runTool.ts"))};
       await runTool(["echo", "talk"], { folder: ".", environment: process.env });
       console.log("data");`,
    );
    const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "pipe"] });
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
    await once(child, "close");
    expect(output.stdout).toBe("data\n");
    expect(output.stderr).toContain("talk\n");
  });
});
