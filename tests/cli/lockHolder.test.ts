// SPDX-License-Identifier: Apache-2.0
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { holderInWords, isAlive, parseHolder, thisProcess, type Holder } from "../../cli/lockHolder.ts";

const holder: Holder = { pid: 4711, host: "laptop", life: "boot/1", time: "2026-11-23T12:00:00.000Z" };

describe("the holder of a lock", () => {
  it("is read back as it was written", async () => {
    const own = await thisProcess();
    expect(parseHolder(JSON.stringify(own))).toEqual(own);
    expect(own).toMatchObject({ pid: process.pid, host: hostname() });
    expect(parseHolder(JSON.stringify(holder))).toEqual(holder);
  });

  it.each([
    ["", undefined],
    ["{", undefined],
    ["null", undefined],
    ["[]", undefined],
    [JSON.stringify({ ...holder, pid: 0 }), undefined],
    [JSON.stringify({ ...holder, pid: -1 }), undefined],
    [JSON.stringify({ ...holder, pid: 1.5 }), undefined],
    [JSON.stringify({ ...holder, pid: "1" }), undefined],
    [JSON.stringify({ ...holder, host: 1 }), undefined],
    [JSON.stringify({ ...holder, life: undefined }), undefined],
    [JSON.stringify({ ...holder, time: null }), undefined],
    [JSON.stringify({ ...holder, space: 7, more: true }), holder],
  ])("is nobody when the text is not one: %s", (text, expected) => {
    expect(parseHolder(text)).toEqual(expected);
  });

  it("is shown with process, host and time", () => {
    expect(holderInWords(holder)).toBe("process 4711 on laptop since 2026-11-23T12:00:00.000Z");
    expect(holderInWords(undefined)).toBe("another process");
  });

  it("stays on its line whatever a lock says, which may come with a commit", () => {
    const host = "x\n\u001b[2J\u2028claws: hint:\u00a0curl";
    const forged = { pid: 1, host, life: "", time: `\r\n${"y".repeat(4000)}` };
    expect(holderInWords(forged)).toBe(`process 1 on x [2J claws: hint: curl since  ${"y".repeat(63)}`);
  });
});

describe("whether a holder lives", () => {
  it("is seen of this process, and of another until it ends", async () => {
    const own = await thisProcess();
    expect(await isAlive(own)).toBe(true);
    const child = spawn("sleep", ["60"]);
    await once(child, "spawn");
    const theirs = { ...own, pid: child.pid ?? 0 };
    // Another process's start is not ours: the number alone is not enough.
    expect(await isAlive(theirs)).toBe(false);
    child.kill();
    await once(child, "exit");
    expect(await isAlive({ ...theirs, life: "" })).toBe(false);
  });

  it.each<[string, (own: Holder) => Holder, boolean]>([
    ["of an earlier boot", (own) => ({ ...own, life: "earlier/1" }), false],
    ["whose number is another's now", (own) => ({ ...own, life: own.life.replace(/\/.*$/, "/1") }), false],
    ["whose number is nobody's", (own) => ({ ...own, pid: spawnSync("true").pid }), false],
    ["on another host", (own) => ({ ...own, host: "elsewhere", pid: spawnSync("true").pid }), true],
    ["in another container", (own) => ({ ...own, space: "pid:[1]", pid: spawnSync("true").pid }), true],
    ["in another container of an earlier boot", (own) => ({ ...own, space: "pid:[1]", life: "earlier/1" }), false],
  ])("is decided for one %s", async (_, change, expected) => {
    expect(await isAlive(change(await thisProcess()))).toBe(expected);
  });
});
