// SPDX-License-Identifier: Apache-2.0
import { type CommandRun, runCommand } from "../../../../lab/providers/command/runCommand.ts";

function run(command: string, changes: Partial<CommandRun> = {}) {
  return runCommand({
    interpreter: ["/bin/sh", "-c"],
    command,
    directory: "/",
    environment: { PATH: process.env["PATH"] },
    stdin: "",
    signal: new AbortController().signal,
    logging: { stdout: false, stderr: false },
    log: () => undefined,
    ...changes,
  });
}

describe("runCommand", () => {
  it("returns both streams without their last newline, and only that one", async () => {
    expect(await run("printf ' a\\n\\n'; printf 'b\\n' >&2")).toEqual({ stdout: " a\n", stderr: "b" });
    expect(await run("printf c")).toEqual({ stdout: "c", stderr: "" });
  });

  it("gives standard input, environment and directory to the command", async () => {
    const { stdout } = await run('cat; echo "$NAME:$(pwd):${HOME-unset}"', {
      ...{ stdin: "in;", directory: "/tmp", environment: { NAME: "a1", PATH: process.env["PATH"] } },
    });
    expect(stdout).toBe("in;a1:/tmp:unset");
  });

  it("hands the command to any interpreter as its last argument", async () => {
    const interpreter = [process.execPath, "-e"];
    expect(await run("process.stdout.write('from node')", { interpreter })).toMatchObject({ stdout: "from node" });
  });

  it("keeps large output whole and does not mind an input that is not read", async () => {
    const { stdout } = await run("head -c 300000 /dev/zero | tr '\\0' x", { stdin: "y".repeat(1_000_000) });
    expect(stdout.length).toBe(300_000);
  });

  it("fails with the command and everything it wrote", async () => {
    await expect(run('echo out; echo "err" >&2; exit 7')).rejects.toThrow(
      /^exit status 7: running "echo out; echo \\"err\\" >&2; exit 7":\n(out\nerr|err\nout)\n$/,
    );
    await expect(run("kill -TERM $$")).rejects.toThrow('signal: terminated: running "kill -TERM $$":\n');
  });

  it("fails when it cannot start", async () => {
    await expect(run("x", { interpreter: ["/no/such/program"] })).rejects.toThrow("spawn /no/such/program ENOENT");
    await expect(run("x", { directory: "/no/such/folder" })).rejects.toThrow("ENOENT");
  });

  it("is killed when the run is cancelled", async () => {
    const canceller = new AbortController();
    const running = run("echo started; exec sleep 1000", {
      ...{ signal: canceller.signal, logging: { stdout: true, stderr: true } },
      log: () => canceller.abort(),
    });
    await expect(running).rejects.toThrow('running "echo started; exec sleep 1000":\nstarted\n');
  });

  it("shows the streams it is told to show, line by line", async () => {
    const shown = async (stdout: boolean, stderr: boolean) => {
      const lines: string[] = [];
      await run("echo a; echo b; echo c >&2", { logging: { stdout, stderr }, log: (line) => lines.push(line) });
      return lines.toSorted();
    };
    expect(await shown(true, true)).toEqual(["a", "b", "c"]);
    expect(await shown(false, true)).toEqual(["c"]);
    expect(await shown(false, false)).toEqual([]);
  });
});
