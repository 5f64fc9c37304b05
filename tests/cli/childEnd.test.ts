// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { childEnd } from "../../cli/childEnd.ts";

const cannotStart = (code: string | undefined) => new Error(`cannot start: ${code ?? "no code"}`);

describe("childEnd", () => {
  it("gives the exit code", async () => {
    expect(await childEnd(spawn("sh", ["-c", "exit 3"]), cannotStart)).toBe(3);
  });

  it("gives 128 and the number of the signal", async () => {
    expect(await childEnd(spawn("sh", ["-c", "kill -KILL $$"]), cannotStart)).toBe(137);
  });

  it("has the error made from the system's code when there is no such program", async () => {
    const end = childEnd(spawn("no-such-program-of-ours"), cannotStart);
    await expect(end).rejects.toThrow("cannot start: ENOENT");
  });
});
