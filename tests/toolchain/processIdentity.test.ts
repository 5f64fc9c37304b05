// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { currentProcess, isRunning, readStart } from "../../toolchain/processIdentity.ts";

describe("process identity", () => {
  it("tells that this process runs and gives it the same identity each time", () => {
    expect(currentProcess().pid).toBe(process.pid);
    expect(currentProcess()).toEqual(currentProcess());
    expect(isRunning(currentProcess())).toBe(true);
  });

  it("tells a process from an earlier one of the same number", () => {
    expect(isRunning({ pid: process.pid, started: "another" })).toBe(false);
  });

  it("tells when a child ended, even before anyone collected its status", async () => {
    const child = spawn(process.execPath, ["-e", "process.stdin.resume()"]);
    const pid = child.pid ?? 0;
    const started = readStart(pid) ?? "";
    expect(isRunning({ pid, started })).toBe(true);
    child.kill("SIGKILL");
    await once(child, "close");
    expect(isRunning({ pid, started })).toBe(false);
    expect(readStart(pid)).toBeUndefined();
  });
});
