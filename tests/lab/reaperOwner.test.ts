// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { KnownLab, Owner } from "../../lab/reaperOwner.ts";
import { hasLivingOwner, listLabs, parseOwner, registerLab, thisOwner, unregisterLab } from "../../lab/reaperOwner.ts";

let folder: string;
let labs: string;
let registry: string;
let lab: KnownLab;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "owner-"));
  [labs, registry] = [path.join(folder, "labs"), path.join(folder, "registry")];
  lab = { run: "0a1b2c", directory: path.join(labs, "0a1b2c") };
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A lab folder whose owner is this process, but for some members. */
async function labOf(other: Partial<Owner>): Promise<KnownLab> {
  mkdirSync(lab.directory, { recursive: true });
  writeFileSync(path.join(lab.directory, "owner.json"), JSON.stringify({ ...(await thisOwner()), ...other }));
  return lab;
}

describe("registerLab", () => {
  it("writes the owner, readable for nobody else, before the lab can be found", async () => {
    await registerLab(lab, registry);
    const file = path.join(lab.directory, "owner.json");
    expect(parseOwner(readFileSync(file, "utf8"))).toEqual(await thisOwner());
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(lab.directory).mode & 0o777).toBe(0o700);
    expect(await listLabs(labs, registry)).toEqual([lab]);
    expect(await hasLivingOwner(lab)).toBe(true);
  });

  it("refuses a run that is registered already", async () => {
    await registerLab(lab, registry);
    await expect(registerLab({ ...lab, directory: path.join(labs, "elsewhere") }, registry)).rejects.toThrow("EEXIST");
  });
});

describe("listLabs", () => {
  it("finds registered labs of other caches, and folders of this cache that lost their registration", async () => {
    const other = { run: "ffffff", directory: path.join(folder, "other cache", "ffffff") };
    await registerLab(lab, registry);
    await registerLab(other, registry);
    await unregisterLab(lab, registry);
    expect(await listLabs(labs, registry)).toEqual([lab, other]);
  });

  it("takes nothing else in the folder for a lab", async () => {
    for (const name of ["rootfs", "0a1b2", "0A1B2C", "0a1b2c.tmp", ".lock"])
      mkdirSync(path.join(labs, name), { recursive: true });
    expect(await listLabs(labs, registry)).toEqual([]);
  });

  it("is empty where nothing was ever made", async () => {
    expect(await listLabs(labs, registry)).toEqual([]);
  });
});

describe("hasLivingOwner", () => {
  it("is false when another process has the owner's number by now", async () => {
    expect(await hasLivingOwner(await labOf({ startTime: "1" }))).toBe(false);
  });

  it("is false when no process has that number", async () => {
    expect(await hasLivingOwner(await labOf({ pid: 2 ** 22 + 1 }))).toBe(false);
  });

  it("is false after the machine was restarted, even if a process looks like the owner", async () => {
    expect(await hasLivingOwner(await labOf({ bootId: "00000000-0000-0000-0000-000000000000" }))).toBe(false);
  });

  it("is true for an owner in another PID namespace, whom nobody here can see", async () => {
    expect(await hasLivingOwner(await labOf({ pidNamespace: "pid:[1]", pid: 2 ** 22 + 1 }))).toBe(true);
  });

  it("is false for a folder without an owner, which only a killed start or removal leaves", async () => {
    expect(await hasLivingOwner(lab)).toBe(false);
  });

  it.each(["", "{", "null", "{}", '{"pid":"1"}', '{"pid":1,"startTime":"2","bootId":"b"}'])(
    "does not guess from the owner file %j",
    async (text) => {
      await labOf({});
      writeFileSync(path.join(lab.directory, "owner.json"), text);
      await expect(hasLivingOwner(lab)).rejects.toThrow(
        `cannot tell whether the lab in "${lab.directory}" is alive: remove that folder if it is not`,
      );
    },
  );
});
