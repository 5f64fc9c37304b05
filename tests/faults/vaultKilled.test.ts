// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jest } from "@jest/globals";
import { scratchFolder } from "../support/scratchFolder.ts";
import { buildFaultyLibc, ordered, type Fault } from "./support/faultyLibc.ts";
import { digestOf, killSaver, seededRandom, type KillMoment } from "./support/killedSaves.ts";
import { createVaultWorld, FIRST, setFor, storeKey, type VaultWorld } from "./support/vaultWorld.ts";

const KILLS = Number(process.env["FAULT_KILLS"] ?? 200);
jest.setTimeout(300_000 + KILLS * 1500);

const SEED = Number(process.env["FAULT_SEED"] ?? Math.floor(Math.random() * 2 ** 32));
const SECOND = "sk-ant-canary-second-2";
const folder = scratchFolder();
let shared = "";
let preload: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  shared = await mkdtemp(join(tmpdir(), "office-claws-kills-"));
  preload = await buildFaultyLibc(shared);
});
afterAll(() => rm(shared, { recursive: true, force: true }));

/** Kills one saver at the moment and checks what it left. @returns how many files the dead process left beside the vault */
async function killOnce(world: VaultWorld, random: () => number, moment: KillMoment): Promise<number> {
  const before = (await world.keys())[0]?.version ?? 0;
  const environment = { ...world.environment, NODE_COMPILE_CACHE: join(shared, "compiled") };
  const { saved, digest } = await killSaver(world.path, environment, moment);
  const left = (await world.beside()).length;
  const [key] = await world.keys();
  const rounds = (key?.version ?? 0) - before;
  const context = { seed: SEED, moment };
  // What it said was saved is there byte for byte; or the next save is, whole.
  expect({ ...context, isOldOrNew: rounds === saved || rounds === saved + 1 }).toEqual({
    ...context,
    isOldOrNew: true,
  });
  const isSame = digestOf(world.path) === digest;
  expect({ ...context, isSame }).toEqual({ ...context, isSame: rounds === saved });
  expect(key?.value.reveal()).toBe(`value-${rounds - 1}-${"x".repeat(2000)}`);

  await storeKey(world.access, "a1", `between-${random()}`);
  expect({ ...context, beside: await world.beside() }).toEqual({ ...context, beside: [] });
  return left;
}

async function pace(world: VaultWorld): Promise<number> {
  const environment = { ...world.environment, NODE_COMPILE_CACHE: join(shared, "compiled") };
  const { pace: found } = await killSaver(world.path, environment, { after: "save", milliseconds: 200 });
  await storeKey(world.access, "a1", "after");
  return found ?? 40;
}

/** As many kills as asked for, one after the other: by turns anywhere in a save, and where it writes. */
async function killMany(name: string, count: number, seed: number): Promise<number> {
  const place = join(folder(), name);
  await mkdir(place);
  const world = await createVaultWorld(place, join(shared, "cache"));
  const random = seededRandom(seed);
  const span = await pace(world);
  let left = 0;
  for (let kill = 0; kill < count; kill++) {
    const anywhere: KillMoment = { after: "save", milliseconds: random() * span };
    const writing: KillMoment = { after: "begin", milliseconds: random() * 3 };
    left += await killOnce(world, random, kill % 2 === 0 ? anywhere : writing);
  }
  return left;
}

describe("a process that is killed with SIGKILL while it saves the vault", () => {
  it(`11 at ${KILLS} random points leaves the old file or the new one, and the next save cleans up`, async () => {
    const half = Math.ceil(KILLS / 2);
    const left = await Promise.all([killMany("one", half, SEED), killMany("two", KILLS - half, SEED + 1)]);

    // Otherwise no kill came where it matters.
    expect(left.every((count) => count > 0)).toBe(true);
  });

  it.each<[string, Omit<Fault, "kind">, "old" | "new"]>([
    ["before the lock's text", { call: "open", path: "/.vault.age.lock.", nth: 1 }, "old"],
    ["in the lock's text", { call: "write", path: "/.vault.age.lock.", nth: 1 }, "old"],
    ["before the lock", { call: "link", path: "/vault.age.lock", nth: 1 }, "old"],
    ["behind the lock", { call: "unlink", path: "/.vault.age.lock.", nth: 1 }, "old"],
    ["before the new file", { call: "open", path: "/.vault.age.", nth: 2 }, "old"],
    ["in the new file", { call: "write", path: "/.vault.age.", nth: 2 }, "old"],
    ["before the new file is on the disk", { call: "fsync", path: "/.vault.age.", nth: 1 }, "old"],
    ["before the new file takes its place", { call: "rename", path: "/vault.age", nth: 1 }, "old"],
    ["behind the rename", { call: "fsync-folder", path: "/project", nth: 1 }, "new"],
    ["before the lock is given back", { call: "unlink", path: "/vault.age.lock", nth: 1 }, "new"],
  ])("11 %s leaves the vault whole, and the next run of claws cleans up", async (_, fault, expected) => {
    const world = await createVaultWorld(folder(), join(shared, "cache"));
    const before = await world.bytes();
    const extra = { ...preload, ...ordered({ ...fault, kind: "KILL" }) };
    const { exitCode, stdout } = await world.claws(setFor("a1"), { extra, input: SECOND });
    expect({ exitCode, stdout }).toEqual({ exitCode: -1, stdout: "" });
    expect((await world.keys()).map(({ value }) => value.reveal())).toEqual([expected === "old" ? FIRST : SECOND]);
    expect((await world.bytes()).equals(before)).toBe(expected === "old");

    const next = await world.claws(setFor("a2"), { input: SECOND });
    expect(next).toMatchObject({ exitCode: 0, stdout: "stored anthropic for a2, version 1\n" });
    expect((await world.keys()).length).toBe(2);
    expect((await readdir(world.root)).sort()).toEqual(["Pulumi.yaml", "stacks", "vault.age"]);
  });
});
