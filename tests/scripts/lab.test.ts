// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import path from "node:path";

const program = path.join(import.meta.dirname, "../../scripts/lab.ts");

function run(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): { status: number | null; stdout: string; stderr: string } {
  const env = { PATH: process.env["PATH"], ...environment };
  return spawnSync(process.execPath, [program, ...args], { env, encoding: "utf8" });
}

describe("npm run lab", () => {
  it.each([[["--help"]], [["a", "b"]]])("answers %j with its usage and exit code 2", (args) => {
    expect(run(args)).toMatchObject({
      status: 2,
      stdout: "",
      stderr: "lab: error: usage: npm run lab [-- POLICY_FILE]\n",
    });
  });

  it("says how to start it when there is no toolchain", () => {
    expect(run([])).toMatchObject({
      status: 1,
      stdout: "",
      stderr: 'lab: error: cannot find the toolchain: CLAWS_TOOLCHAIN is not set, start with "npm run lab"\n',
    });
  });

  it("names a policy file that does not exist", () => {
    const { status, stdout, stderr } = run(["/no/such/policy.hujson"]);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toBe("lab: error: ENOENT: no such file or directory, open '/no/such/policy.hujson'\n");
  });
});
