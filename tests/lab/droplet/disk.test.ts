// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { dropletFolders, mountDisk, unmountBelow } from "../../../lab/droplet/disk.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "disk-"));
});

afterEach(() => rm(folder, { recursive: true }));

describe("dropletFolders", () => {
  it("gives each droplet its own, below the lab's", () => {
    expect(dropletFolders("/lab", 7)).toEqual({
      directory: "/lab/droplets/7",
      disk: "/lab/droplets/7/disk",
      root: "/lab/droplets/7/root",
      console: "/lab/droplets/7/console.log",
    });
  });
});

describe("mountDisk", () => {
  it.each(["a,b", "a:b", "a\\b"])("refuses the path %j, which would change the mount's options", async (name) => {
    const folders = dropletFolders(path.join(folder, name), 7);
    await expect(mountDisk(folders, "/image")).rejects.toThrow("the path has a comma, colon or backslash");
    await expect(mountDisk(dropletFolders(folder, 7), `/image/${name}`)).rejects.toThrow(/^cannot mount "\/image/);
  });
});

describe("unmountBelow", () => {
  it("has nothing to do where nothing is mounted", async () => {
    await expect(unmountBelow(folder)).resolves.toBeUndefined();
  });
});
