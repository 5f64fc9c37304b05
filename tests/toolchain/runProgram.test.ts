// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { runProgram } from "../../toolchain/runProgram.ts";
import { scratchFolder, writeScript } from "../support/scratchFolder.ts";

describe("runProgram", () => {
  const folder = scratchFolder();
  const script = (...lines: readonly string[]): Promise<string> => writeScript(join(folder(), "program"), ...lines);
  const limit = 60_000;

  it("gives output, error lines and a good ending", async () => {
    const lines: string[] = [];
    const file = await script('echo "out $1"', "echo one >&2", "echo two >&2");
    const result = await runProgram(file, ["a b; $x"], { limit, onErrorLine: (line) => lines.push(line) });
    expect(result).toEqual({ ok: true, output: "out a b; $x\n", errors: ["one", "two"], ending: "status 0" });
    expect(lines).toEqual(["one", "two"]);
  });

  it("tells a status, a signal and a program that is not there", async () => {
    await expect(runProgram(await script("exit 7"), [], { limit })).resolves.toMatchObject({
      ok: false,
      ending: "status 7",
    });
    const dying = await script("kill -TERM $$");
    await expect(runProgram(dying, [], { limit })).resolves.toMatchObject({ ok: false, ending: "SIGTERM" });
    const none = await runProgram(join(folder(), "none"), [], { limit });
    expect(none.ok).toBe(false);
    expect(none.ending).toContain("ENOENT");
  });

  it("kills what takes too long or falls silent, and says so", async () => {
    const hang = await script("echo started >&2", "exec tail -f /dev/null");
    await expect(runProgram(hang, [], { limit: 100 })).resolves.toMatchObject({
      ok: false,
      ending: "killed after 0.1 s",
    });
    await expect(runProgram(hang, [], { limit, silence: 100 })).resolves.toMatchObject({
      ok: false,
      ending: "killed after 0.1 s of silence",
    });
  });

  it("keeps only the last error lines and the first 64 KiB of output", async () => {
    const chatty = await script(
      "i=0; while [ $i -lt 100 ]; do echo line$i >&2; i=$((i+1)); done",
      "head -c 200000 /dev/zero",
    );
    const { errors, output } = await runProgram(chatty, [], { limit });
    expect(errors).toHaveLength(30);
    expect(errors.at(-1)).toBe("line99");
    expect(output).toHaveLength(65_536);
  });

  it("gives the program no input", async () => {
    await expect(runProgram(await script("wc -c"), [], { limit })).resolves.toMatchObject({
      output: expect.stringMatching(/^\s*0\n$/),
    });
  });
});
