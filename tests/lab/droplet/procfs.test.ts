// SPDX-License-Identifier: Apache-2.0
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fc from "fast-check";
import {
  childrenOf,
  commandName,
  environmentOf,
  isRunning,
  listProcesses,
  namespacePids,
  networkNamespaceOf,
  parseProcessState,
  readProcessState,
  signalProcess,
} from "../../../lab/droplet/procfs.ts";

const noProcess = 2 ** 22 + 1;
const fields = "0 0 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 123456 9 10";

let child: ChildProcess;
let pid: number;

beforeAll(async () => {
  child = spawn("sleep", ["600"], { env: { CLAWS_TEST: "in the environment", PATH: process.env["PATH"] } });
  await once(child, "spawn");
  pid = child.pid ?? 0;
});

afterAll(() => child.kill("SIGKILL"));

describe("parseProcessState", () => {
  it("reads number, state, parent and start time", () => {
    expect(parseProcessState(`12 (node) S 7 ${fields.slice(4)}`)).toMatchObject({ pid: 12, parent: 7, state: "S" });
  });

  it("is not fooled by any name of a program", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 15 }), (name) => {
        const line = `12 (${name}) R 7 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 123456 0`;
        expect(parseProcessState(line)).toEqual({ pid: 12, parent: 7, state: "R", startTime: "123456" });
      }),
    );
  });

  it("refuses a line that is cut short", () => {
    expect(() => parseProcessState("12 (node) S 7 1 1")).toThrow(
      "cannot read the state of a process: the line is cut short",
    );
  });
});

describe("a running process", () => {
  it("is found, with its parent, its name and its environment", async () => {
    expect(await listProcesses()).toEqual(expect.arrayContaining([pid, process.pid]));
    expect(await readProcessState(pid)).toMatchObject({ pid, parent: process.pid });
    expect((await childrenOf(process.pid)).map((each) => each.pid)).toContain(pid);
    expect(await commandName(pid)).toBe("sleep");
    expect(await environmentOf(pid)).toContain("CLAWS_TEST=in the environment");
  });

  it("shares this process's namespaces here", async () => {
    expect(await networkNamespaceOf(pid)).toBe(await networkNamespaceOf(process.pid));
    expect(await namespacePids(pid)).toHaveLength((await namespacePids(process.pid)).length);
    expect((await namespacePids(pid))[0]).toBe(pid);
  });
});

describe("a process that is gone", () => {
  it("reads as nothing, without an error", async () => {
    expect(await readProcessState(noProcess)).toBeNull();
    expect(await commandName(noProcess)).toBeNull();
    expect(await environmentOf(noProcess)).toEqual([]);
    expect(await namespacePids(noProcess)).toEqual([]);
    expect(await networkNamespaceOf(noProcess)).toBeNull();
    expect(await childrenOf(noProcess)).toEqual([]);
  });
});

describe("signalProcess", () => {
  it("spares a process that has the number of the one that is meant", async () => {
    expect(await isRunning({ pid, startTime: "1" })).toBe(false);
    expect(await signalProcess({ pid, startTime: "1" }, "SIGKILL")).toBe(false);
    expect(child.signalCode).toBeNull();
  });

  it("reaches the one that is meant, once", async () => {
    const state = await readProcessState(pid);
    if (state === null) throw new Error("the child is gone");
    expect(await isRunning(state)).toBe(true);
    expect(await signalProcess(state, "SIGTERM")).toBe(true);
    expect(await once(child, "exit")).toEqual([null, "SIGTERM"]);
    expect(await isRunning(state)).toBe(false);
    expect(await signalProcess(state, "SIGTERM")).toBe(false);
  });
});
