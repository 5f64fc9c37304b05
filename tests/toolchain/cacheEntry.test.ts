// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { readFile, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ensureEntry, entryKey, readEntry } from "../../toolchain/cacheEntry.ts";
import type { CacheEntry } from "../../toolchain/cacheEntry.ts";
import { recordProgress } from "../support/recordedProgress.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const childFile = fileURLToPath(new URL("../support/makeEntryChild.ts", import.meta.url));
const key = "tool-1.0.0-abc";

function toolEntry(content = "whole program"): CacheEntry & { made: number } {
  const entry = {
    key,
    made: 0,
    async fill({ bin }: { readonly bin: string }): Promise<void> {
      entry.made += 1;
      await writeFile(join(bin, "tool"), content, { mode: 0o755 });
    },
  };
  return entry;
}

describe("ensureEntry", () => {
  const root = scratchFolder();
  const children: ChildProcessWithoutNullStreams[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  function startChild(stop: string): ChildProcessWithoutNullStreams {
    const child = spawn(process.execPath, ["--no-warnings", childFile, root(), key, stop]);
    children.push(child);
    return child;
  }
  async function reach(child: ChildProcessWithoutNullStreams, point: string): Promise<void> {
    for await (const line of createInterface({ input: child.stdout })) if (line === point) return;
    throw new Error(`the child ended before "${point}"`);
  }
  const tool = (): string => join(root(), key, "bin", "tool");

  it("makes an entry once and then finds it", async () => {
    const entry = toolEntry();
    expect(await readEntry(root(), key)).toBeUndefined();
    expect(await ensureEntry(root(), entry, recordProgress())).toEqual(new Map([["tool", tool()]]));
    expect(await ensureEntry(root(), entry, recordProgress())).toEqual(new Map([["tool", tool()]]));
    expect(entry.made).toBe(1);
    expect(await readEntry(root(), key)).toEqual(new Map([["tool", tool()]]));
    expect((await readdir(root())).sort()).toEqual(["locks", key]);
    expect((await readdir(join(root(), key))).sort()).toEqual(["bin", "manifest.json"]);
  });

  it("leaves nothing behind when making fails, and can make it later", async () => {
    const failing = { key, fill: () => Promise.reject(new Error("no luck")) };
    await expect(ensureEntry(root(), failing, recordProgress())).rejects.toThrow("no luck");
    expect(await readdir(root())).toEqual(["locks"]);
    expect(await readdir(join(root(), "locks"))).toEqual([]);
    expect(await ensureEntry(root(), toolEntry(), recordProgress())).toEqual(new Map([["tool", tool()]]));
  });

  it.each([
    ["a program that lost bytes", (): Promise<void> => truncate(tool(), 3)],
    ["a program that is gone", (): Promise<void> => rm(tool())],
    ["a manifest that is no JSON", (): Promise<void> => writeFile(join(root(), key, "manifest.json"), "{")],
    [
      "a manifest that names a file elsewhere",
      (): Promise<void> => writeFile(join(root(), key, "manifest.json"), '{"../x":1}'),
    ],
  ])("makes an entry again that has %s", async (_name, damage) => {
    const entry = toolEntry();
    await ensureEntry(root(), entry, recordProgress());
    await damage();
    expect(await readEntry(root(), key)).toBeUndefined();
    await ensureEntry(root(), entry, recordProgress());
    expect(entry.made).toBe(2);
    expect(await readFile(tool(), "utf8")).toBe("whole program");
  });

  it.each(["start", "half", "filled"])("recovers from a process killed at the point %j", async (point) => {
    const child = startChild(point);
    await reach(child, point);
    child.kill("SIGKILL");
    await once(child, "close");
    expect(await readEntry(root(), key)).toBeUndefined();

    const progress = recordProgress();
    await ensureEntry(root(), toolEntry(), progress);
    expect(progress.steps).toEqual([`an earlier run ended while making ${key}; starting over`]);
    expect(await readFile(tool(), "utf8")).toBe("whole program");
    expect((await readdir(root())).sort()).toEqual(["locks", key]);
    expect(await readdir(join(root(), "locks"))).toEqual([]);
  });

  it("keeps an entry whose maker was killed right after", async () => {
    const child = startChild("never");
    await reach(child, "made");
    child.kill("SIGKILL");
    const entry = toolEntry();
    await ensureEntry(root(), entry, recordProgress());
    expect(entry.made).toBe(0);
  });

  it("waits for another process that makes the entry, then takes over when that is killed", async () => {
    const child = startChild("half");
    await reach(child, "half");
    const progress = recordProgress();
    const entry = toolEntry();
    const waiting = new Promise<void>((resolve) => {
      progress.update = (text) => {
        expect(text).toContain(`waiting for process ${child.pid ?? 0}, which makes ${key}`);
        resolve();
      };
    });
    const ensured = ensureEntry(root(), entry, progress);
    await waiting;
    expect(entry.made).toBe(0);
    child.kill("SIGKILL");
    await expect(ensured).resolves.toEqual(new Map([["tool", tool()]]));
    expect(entry.made).toBe(1);
  });

  it("is made by one of several processes that want it at once", async () => {
    const rivals = Array.from({ length: 4 }, () => startChild("never"));
    const outputs = rivals.map(async (rival) => {
      let text = "";
      for await (const chunk of rival.stdout) text += String(chunk);
      return text;
    });
    const makers = (await Promise.all(outputs)).filter((text) => text.includes("filled"));
    expect(makers).toHaveLength(1);
    expect(await readFile(tool(), "utf8")).toBe("whole program");
  });

  it("does not touch what another entry's maker is writing", async () => {
    const child = startChild("half");
    await reach(child, "half");
    await ensureEntry(root(), { ...toolEntry(), key: "tool-1.0.0" }, recordProgress());
    expect((await readdir(root())).filter((name) => name.startsWith(`.${key}.`))).toHaveLength(1);
  });
});

describe("entryKey", () => {
  it("changes with name, version and every pin, and with how pins are divided", () => {
    const keys = [
      entryKey("a", "1", ["x", "y"]),
      entryKey("b", "1", ["x", "y"]),
      entryKey("a", "2", ["x", "y"]),
      entryKey("a", "1", ["x", "z"]),
      entryKey("a", "1", ["xy"]),
    ];
    expect(new Set(keys).size).toBe(5);
    expect(keys[0]).toBe(entryKey("a", "1", ["x", "y"]));
    expect(keys[0]).toMatch(/^a-1-[0-9a-f]{12}$/);
  });
});
