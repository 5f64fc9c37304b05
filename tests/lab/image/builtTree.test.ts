// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildTree } from "../../../lab/image/builtTree.ts";
import { pruneTrees } from "../../../lab/image/pruneTrees.ts";

let folder: string;
let lines: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "built-tree-"));
  lines = [];
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Builds a tree with one file, after waiting for `until`. */
function build(name: string, text: string, until: Promise<void> = Promise.resolve()): Promise<void> {
  const telling = { name: "tree", onProgress: (line: string) => lines.push(line) };
  return buildTree(join(folder, name), telling, async (temporary) => {
    await until;
    await mkdir(join(temporary, "root"));
    await writeFile(join(temporary, "root/file"), text);
    return join(temporary, "root");
  });
}

const content = (name: string): Promise<string> => readFile(join(folder, name, "file"), "utf8");

describe("buildTree", () => {
  it("builds once and says how long it took", async () => {
    await build("one", "first");
    await build("one", "second");
    expect(await content("one")).toBe("first");
    expect(lines).toEqual(["building the tree", expect.stringMatching(/^built the tree in \d+\.\d s: one$/)]);
    expect(await readdir(folder)).toEqual(["one"]);
  });

  it("leaves nothing behind when building fails, and can be tried again", async () => {
    await expect(build("one", "", Promise.reject(new Error("disk full")))).rejects.toThrow("disk full");
    expect(await readdir(folder)).toEqual([]);
    await build("one", "now");
    expect(await content("one")).toBe("now");
  });

  it("lets the first of two that build at once win, and both go on", async () => {
    const slow = Promise.withResolvers<undefined>();
    const second = build(
      "one",
      "slow",
      slow.promise.then(() => undefined),
    );
    await build("one", "fast");
    slow.resolve(undefined);
    await second;
    expect(await content("one")).toBe("fast");
    expect(await readdir(folder)).toEqual(["one"]);
  });

  it("removes what a process that was killed left, and nothing of one that lives", async () => {
    const child = spawn("sleep", ["60"]);
    const { pid = 0 } = child;
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
    await mkdir(join(folder, `.tmp-${pid}-${started}-alive`));
    await mkdir(join(folder, `.tmp-${pid}-1-reused`));
    await build("one", "");
    expect(await readdir(folder)).toEqual([`.tmp-${pid}-${started}-alive`, "one"]);

    child.kill("SIGKILL");
    await once(child, "exit");
    await build("two", "");
    expect(await readdir(folder)).toEqual(["one", "two"]);
  });
});

describe("pruneTrees", () => {
  it("keeps the most recently used of each kind and whatever it does not know", async () => {
    const name = (digit: number) => String(digit).repeat(24);
    for (const digit of [1, 2, 3, 4]) {
      for (const prefix of ["", "base-"]) {
        await build(`${prefix}${name(digit)}`, "");
        // The higher the digit, the longer ago.
        await utimes(join(folder, `${prefix}${name(digit)}`), 1000 - digit, 1000 - digit);
      }
    }
    await mkdir(join(folder, "other"));
    await pruneTrees(folder, 2);
    expect(await readdir(folder)).toEqual([name(1), name(2), `base-${name(1)}`, `base-${name(2)}`, "other"]);
  });
});
