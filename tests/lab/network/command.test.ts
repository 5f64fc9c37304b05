// SPDX-License-Identifier: Apache-2.0
import { CommandError, finishCommand, runCommand } from "../../../lab/network/command.ts";

describe("runCommand", () => {
  it("hands over arguments as they are, without a shell", async () => {
    expect(await runCommand(["printf", "%s|", "a b", "$HOME", "*", ""])).toBe("a b|$HOME|*||");
  });

  it("writes the input and sets the whole environment", async () => {
    expect(await runCommand(["cat"], { input: "line\n" })).toBe("line\n");
    expect(await runCommand(["/usr/bin/env"], { environment: { ONLY: "this" } })).toBe("ONLY=this\n");
  });

  it("fails with the last line of standard error, the code and the arguments", async () => {
    const failed = runCommand(["sh", "-c", "echo first >&2; echo last >&2; exit 3"]);
    await expect(failed).rejects.toThrow(/^cannot run "sh -c .*": last$/);
    await expect(failed).rejects.toMatchObject({ name: "CommandError", code: 3, stderr: "first\nlast\n" });
  });

  it("fails with the code when nothing was said", async () => {
    await expect(runCommand(["sh", "-c", "exit 7"])).rejects.toThrow('cannot run "sh -c exit 7": exit code 7');
  });

  it("says which program is not installed", async () => {
    const failed = runCommand(["claws-no-such-program", "-x"]);
    await expect(failed).rejects.toThrow(
      'cannot run "claws-no-such-program -x": the program "claws-no-such-program" is not installed',
    );
    await expect(failed).rejects.toBeInstanceOf(CommandError);
  });

  it("survives a program that does not read its input", async () => {
    await expect(runCommand(["true"], { input: "x".repeat(1_000_000) })).resolves.toBe("");
  });
});

describe("finishCommand", () => {
  it("gives code and output, whatever the code", async () => {
    expect(await finishCommand(["sh", "-c", "echo out; echo err >&2; exit 4"])).toEqual({
      code: 4,
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  it("kills what takes too long, even when a child of it holds the output", async () => {
    const argv = ["sh", "-c", "sleep 30 & echo started; wait"];
    await expect(finishCommand(argv, { timeout: 200 })).rejects.toThrow(/killed, or not done within 200 ms$/);
  });

  it("fails for a program that a signal ends", async () => {
    await expect(finishCommand(["sh", "-c", "kill -TERM $$"])).rejects.toThrow(/ended by SIGTERM$/);
  });
});
