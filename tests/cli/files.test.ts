// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { chmod, link, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { readGuardedFile, readProjectFile } from "../../cli/fileRead.ts";
import { removeLeftovers, writeFileWhole } from "../../cli/fileWrite.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const guard = { what: "vault", forbidden: 0o022, limit: 100 };

describe("a guarded file", () => {
  it("is read whole, and undefined when nothing is there", async () => {
    const path = join(folder(), "f");
    expect(readGuardedFile(path, guard)).toBeUndefined();
    await writeFile(path, "x".repeat(100), { mode: 0o600 });
    expect(readGuardedFile(path, guard)?.toString()).toBe("x".repeat(100));
    await writeFile(path, "");
    expect(readGuardedFile(path, guard)?.length).toBe(0);
  });

  it("is refused above its limit", async () => {
    const path = join(folder(), "f");
    await writeFile(path, "x".repeat(101), { mode: 0o600 });
    expect(() => readGuardedFile(path, guard)).toThrow(
      `cannot use vault "${path}": it has 101 bytes, more than the limit of 100`,
    );
  });

  it.each([
    [0o022, 0o600, undefined],
    [0o022, 0o644, undefined],
    [0o022, 0o620, "its mode is 620, so other users can change it"],
    [0o022, 0o602, "its mode is 602, so other users can change it"],
    [0o077, 0o600, undefined],
    [0o077, 0o400, undefined],
    [0o077, 0o640, "its mode is 640, so other users can read or change it"],
    [0o077, 0o604, "its mode is 604, so other users can read or change it"],
  ])("with forbidden bits %o and mode %o gives %j", async (forbidden, mode, complaint) => {
    const path = join(folder(), "f");
    await writeFile(path, "x");
    await chmod(path, mode);
    let said: string | undefined;
    try {
      readGuardedFile(path, { ...guard, forbidden });
    } catch (error) {
      said = String(error);
    }
    expect(said).toBe(complaint === undefined ? undefined : `UserError: cannot use vault "${path}": ${complaint}`);
  });

  it("is refused as a folder, a FIFO, a device and a symbolic link, without waiting for any of them", async () => {
    await mkdir(join(folder(), "folder"), { mode: 0o700 });
    await promisify(execFile)("mkfifo", ["-m", "600", join(folder(), "fifo")]);
    await writeFile(join(folder(), "target"), "x", { mode: 0o600 });
    await symlink(join(folder(), "target"), join(folder(), "link"));
    await symlink(join(folder(), "fifo"), join(folder(), "link-to-fifo"));
    const read =
      (name: string, followLink = false) =>
      () =>
        readGuardedFile(join(folder(), name), { ...guard, followLink });
    expect(read("folder")).toThrow("it is not a regular file");
    expect(read("fifo")).toThrow("it is not a regular file");
    expect(() => readGuardedFile("/dev/null", { ...guard, forbidden: 0 })).toThrow("it is not a regular file");
    expect(read("link")).toThrow("it is a symbolic link");
    expect(read("link", true)()?.toString()).toBe("x");
    expect(read("link-to-fifo", true)).toThrow("it is not a regular file");
  });

  it("of a project may be a link and readable by all, and is no device and at most 1 MiB", async () => {
    const at = (name: string): string => join(folder(), name);
    await writeFile(at("target"), "x", { mode: 0o664 });
    await symlink(at("target"), at("link"));
    await symlink("/dev/zero", at("endless"));
    await writeFile(at("large"), Buffer.alloc(1024 * 1024 + 1));
    expect(readProjectFile(at("link"), "project file")?.toString()).toBe("x");
    expect(readProjectFile(at("none"), "project file")).toBeUndefined();
    expect(() => readProjectFile(at("endless"), "project file")).toThrow(
      `cannot use project file "${at("endless")}": it is not a regular file`,
    );
    expect(() => readProjectFile(at("large"), "project file")).toThrow("it has 1048577 bytes, more than the limit");
  });

  it("below something that is no folder names the cause", async () => {
    await writeFile(join(folder(), "f"), "x");
    expect(() => readGuardedFile(join(folder(), "f", "g"), guard)).toThrow("ENOTDIR");
  });
});

describe("a file that is written whole", () => {
  it("gets its mode whatever the umask is, and leaves nothing beside it", async () => {
    const path = join(folder(), "f");
    const before = process.umask(0o777);
    try {
      await writeFileWhole(path, "one", { mode: 0o640 });
    } finally {
      process.umask(before);
    }
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    await writeFileWhole(path, Buffer.from("two"));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, "utf8")).toBe("two");
    expect(await readdir(folder())).toEqual(["f"]);
  });

  it("takes the place of a name, never of what the name is linked to", async () => {
    const [path, other, target] = ["f", "other", "target"].map((name) => join(folder(), name)) as [
      string,
      string,
      string,
    ];
    await writeFile(path, "old");
    await link(path, other);
    await writeFileWhole(path, "new");
    expect(await readFile(other, "utf8")).toBe("old");
    await writeFile(target, "old");
    await symlink(target, join(folder(), "link"));
    await writeFileWhole(join(folder(), "link"), "new");
    expect(await readFile(target, "utf8")).toBe("old");
  });

  it("does not replace anything when it must be new", async () => {
    const path = join(folder(), "f");
    await writeFileWhole(path, "one", { exclusive: true });
    await expect(writeFileWhole(path, "two", { exclusive: true })).rejects.toMatchObject({ code: "EEXIST" });
    await symlink("/nonexistent", join(folder(), "link"));
    await expect(writeFileWhole(join(folder(), "link"), "x", { exclusive: true })).rejects.toMatchObject({
      code: "EEXIST",
    });
    expect(await readFile(path, "utf8")).toBe("one");
    expect((await readdir(folder())).sort()).toEqual(["f", "link"]);
  });

  it("stays as it was when the last look before the replacement finds something wrong", async () => {
    const path = join(folder(), "f");
    await writeFile(path, "old");
    let beside: readonly string[] = [];
    const beforeReplace = async (): Promise<void> => {
      beside = await readdir(folder());
      throw new Error("changed meanwhile");
    };
    await expect(writeFileWhole(path, "new", { beforeReplace })).rejects.toThrow("changed meanwhile");
    expect(beside).toHaveLength(2);
    expect(await readFile(path, "utf8")).toBe("old");
    expect(await readdir(folder())).toEqual(["f"]);
  });

  it("is cleaned of what killed writers left, and of nothing else", async () => {
    const names = [
      ".f.0123456789ab.tmp",
      ".f.0123456789AB.tmp",
      ".g.0123456789ab.tmp",
      ".f.0123.tmp",
      "f.tmp",
      ".f.lock",
    ];
    for (const name of names) await writeFile(join(folder(), name), "");
    await removeLeftovers(join(folder(), "f"));
    expect((await readdir(folder())).sort()).toEqual(names.slice(1).sort());
  });
});
