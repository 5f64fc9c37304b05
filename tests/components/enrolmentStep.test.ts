// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { join } from "node:path";

import { checkSecret } from "../../components/enrolmentSecret.ts";

const step = join(import.meta.dirname, "../../components/enrolmentStep.ts");

function run(words: readonly string[], environment: Record<string, string> = {}) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    const env = { PATH: process.env["PATH"] ?? "", ...environment };
    execFile(process.execPath, [step, ...words], { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

describe("the enrolment step", () => {
  it("makes another secret of 32 bytes each time and says nothing else", async () => {
    const [first, second] = [await run(["make"]), await run(["make"])];
    for (const { code, stdout, stderr } of [first, second]) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(checkSecret(stdout)).toBe(stdout);
      expect(Buffer.from(stdout, "base64url")).toHaveLength(32);
    }
    expect(first.stdout).not.toBe(second.stdout);
  });

  it("makes a new one even if it is told of an old one", async () => {
    const old = Buffer.alloc(32, 1).toString("base64url");
    expect((await run(["make"], { PULUMI_COMMAND_STDOUT: old })).stdout).not.toBe(old);
  });

  it("keeps the secret when only the step itself has moved", async () => {
    const old = Buffer.alloc(32, 1).toString("base64url");
    expect(await run(["keep"], { PULUMI_COMMAND_STDOUT: old })).toEqual({ code: 0, stdout: old, stderr: "" });
  });

  it.each([[[]], [["show"]], [["keep"]]])("prints nothing to stdout for %j", async (words) => {
    expect(await run(words)).toEqual({ code: 1, stdout: "", stderr: expect.stringContaining("usage") });
  });
});

describe("checkSecret", () => {
  it.each(["", "x", "A".repeat(42), "A".repeat(44), `${"A".repeat(42)}B`, `${"A".repeat(42)}=`, `${"A".repeat(43)}\n`])(
    "refuses %j without showing it",
    (stdout) => {
      expect(() => checkSecret(stdout)).toThrow(/^the enrolment step printed no secret$/);
    },
  );
});
