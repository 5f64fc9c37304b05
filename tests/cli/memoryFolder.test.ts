// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { isTmpfs, makeMemoryFolder } from "../../cli/memoryFolder.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const disk = scratchFolder();
let memory = "";

beforeEach(() => {
  memory = mkdtempSync("/dev/shm/office-claws-test-");
});
afterEach(() => rmSync(memory, { recursive: true, force: true }));

describe("a folder in memory", () => {
  it("is made where the kernel says that it is a tmpfs, for this user alone", () => {
    const folder = makeMemoryFolder({ XDG_RUNTIME_DIR: memory });
    expect(folder.path.startsWith(`${memory}/office-claws-edit-${process.pid}-`)).toBe(true);
    expect(statSync(folder.path).mode & 0o777).toBe(0o700);
    folder.remove();
    expect(existsSync(folder.path)).toBe(false);
  });

  it("is made in shared memory when the runtime folder is on a disk, missing or not set", () => {
    for (const environment of [{ XDG_RUNTIME_DIR: disk() }, { XDG_RUNTIME_DIR: "/none" }, {}]) {
      const folder = makeMemoryFolder(environment, memory);
      expect(folder.path.startsWith(`${memory}/`)).toBe(true);
      folder.remove();
    }
  });

  it("is refused, and nothing is made, where there is no tmpfs at all", () => {
    expect(isTmpfs(disk())).toBe(false);
    expect(() => makeMemoryFolder({ XDG_RUNTIME_DIR: disk() }, join(disk(), "shm"))).toThrow(
      "cannot edit the vault: this machine has no tmpfs, and plain text is not put on a disk",
    );
  });

  it("overwrites what was in it, below too, before it is removed, and is removed twice without harm", () => {
    const folder = makeMemoryFolder({ XDG_RUNTIME_DIR: memory });
    mkdirSync(join(folder.path, "backup"));
    const files = ["vault.json", ".vault.json.swp", "backup/vault.json~"];
    for (const [index, name] of files.entries()) {
      writeFileSync(join(folder.path, name), "canary");
      // A second name shows what becomes of the bytes.
      linkSync(join(folder.path, name), join(memory, `link-${index}`));
    }
    folder.remove();
    folder.remove();
    expect(existsSync(folder.path)).toBe(false);
    for (const index of files.keys()) expect(readFileSync(join(memory, `link-${index}`))).toEqual(Buffer.alloc(6));
  });

  it("follows no symbolic link when it is removed", () => {
    const outside = join(disk(), "outside");
    writeFileSync(outside, "kept");
    const folder = makeMemoryFolder({ XDG_RUNTIME_DIR: memory });
    symlinkSync(outside, join(folder.path, "link"));
    symlinkSync(disk(), join(folder.path, "folder-link"));
    folder.remove();
    expect(readFileSync(outside, "utf8")).toBe("kept");
    expect(existsSync(folder.path)).toBe(false);
  });

  it("takes away what a killed process left, and leaves that of a living one", () => {
    const { pid: gone } = spawnSync("true");
    const [orphan, living, strange] = [
      `office-claws-edit-${gone}-x`,
      `office-claws-edit-${process.ppid}-x`,
      "other",
    ].map((name) => join(memory, name));
    for (const path of [orphan, living, strange]) {
      mkdirSync(path ?? "");
      writeFileSync(join(path ?? "", "vault.json"), "canary");
    }
    makeMemoryFolder({ XDG_RUNTIME_DIR: memory }).remove();
    expect([orphan, living, strange].map((path) => existsSync(path ?? ""))).toEqual([false, true, true]);
  });

  it("takes a link of that name, a folder of others and one that others may write for no folder of its own", () => {
    const { pid: gone } = spawnSync("true");
    const outside = join(disk(), "home");
    mkdirSync(outside);
    writeFileSync(join(outside, "file"), "kept");
    symlinkSync(outside, join(memory, `office-claws-edit-${gone}-link`));
    const [foreign, open] = ["foreign", "open"].map((name) => join(memory, `office-claws-edit-${gone}-${name}`));
    for (const path of [foreign, open]) {
      mkdirSync(path ?? "");
      writeFileSync(join(path ?? "", "file"), "kept");
    }
    chmodSync(open ?? "", 0o777);
    if (process.getuid?.() === 0) chownSync(foreign ?? "", 65_534, 65_534);
    else rmSync(foreign ?? "", { recursive: true });
    makeMemoryFolder({ XDG_RUNTIME_DIR: memory }).remove();
    const left = [outside, foreign, open].filter((path) => existsSync(path ?? ""));
    expect(left.map((path) => readFileSync(join(path ?? "", "file"), "utf8"))).toEqual(left.map(() => "kept"));
    expect(left).toContain(open);
    expect(existsSync(foreign ?? "")).toBe(process.getuid?.() === 0);
  });
});
