// SPDX-License-Identifier: Apache-2.0
import { isolated, runProgram } from "../../../lab/image/programRun.ts";

const env = { PATH: process.env["PATH"] };

describe("runProgram", () => {
  it("gives the standard output and the environment that it was told", async () => {
    expect(await runProgram(["sh", "-c", 'echo "$ONLY"; env | wc -l'], { env: { ...env, ONLY: "this" } })).toMatch(
      /^this\n/,
    );
  });

  it("fails with the end of what the program said", async () => {
    const failing = runProgram(["sh", "-c", "echo before; echo cause >&2; exit 3"], { env });
    await expect(failing).rejects.toThrow(/^cannot run "sh -c .*": exit 3: before\ncause$/s);
  });

  it("fails for a program that is missing or killed", async () => {
    await expect(runProgram(["/no/such/program"], { env })).rejects.toThrow(/exit 1(26|27)?: .*No such file/);
    await expect(runProgram(["sh", "-c", "kill -9 $$"], { env })).rejects.toThrow("exit by signal");
  });
});

describe("isolated", () => {
  it("gives namespaces of its own, and a network only when asked", () => {
    expect(isolated(["true"], { network: true })).not.toContain("--net");
    const argv = isolated(["chroot", "x"], { network: false });
    expect(argv.slice(-3)).toEqual(["--", "chroot", "x"]);
    for (const part of ["--mount", "--pid", "--kill-child", "--net"]) expect(argv).toContain(part);
  });
});
