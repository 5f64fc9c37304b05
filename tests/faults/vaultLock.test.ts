// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import type { StartedClaws } from "../support/startClaws.ts";
import { buildFaultyLibc, letGoOn, ordered, type Fault } from "./support/faultyLibc.ts";
import { createVaultWorld, FIRST, setFor, storeKey, type VaultWorld } from "./support/vaultWorld.ts";

const SECOND = "sk-ant-canary-second-2";
const THIRD = "sk-ant-canary-third-3";
const folder = scratchFolder();
let shared = "";
let preload: Readonly<Record<string, string>> = {};
let world: VaultWorld;

beforeAll(async () => {
  shared = await mkdtemp(join(tmpdir(), "office-claws-lock-"));
  preload = await buildFaultyLibc(shared);
});
afterAll(() => rm(shared, { recursive: true, force: true }));
beforeEach(async () => {
  world = await createVaultWorld(folder(), join(shared, "cache"));
});

const lockPath = (): string => `${world.path}.lock`;
const flag = (): string => join(folder(), "flag");

interface Paused {
  readonly claws: StartedClaws;
  readonly goOn: () => Promise<void>;
}

/** A real `claws keys set` that stops just before this call, its lock in hand. */
async function pausedAt(fault: Pick<Fault, "call" | "path" | "nth">): Promise<Paused> {
  const extra = { ...preload, ...ordered({ ...fault, kind: "WAIT" }), FAULT_FLAG: flag() };
  const claws = world.start(setFor("a2"), { extra, input: SECOND });
  await eventually(
    () => stat(flag()).catch(() => undefined),
    (found) => found !== undefined,
  );
  return { claws, goOn: async () => await letGoOn(flag()) };
}

/** Before the new file is made: the vault was read already. */
const pausedWhileSaving = (): Promise<Paused> => pausedAt({ call: "open", path: "/.vault.age.", nth: 2 });

async function values(): Promise<readonly string[]> {
  return (await world.keys()).map(({ agent, value }) => `${agent} ${value.reveal()}`);
}

function holder(changes: Record<string, unknown>): string {
  return JSON.stringify({ pid: process.pid, host: hostname(), life: "", time: "2026-11-23T12:00:00.000Z", ...changes });
}

/** The number of a process that has just ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ["--version"]).pid;
}

describe("two programs that edit the vault at once", () => {
  it("13 take turns when the first is done in time, and no update is lost", async () => {
    const first = await pausedWhileSaving();
    // The second one waits from the moment on at which its own lock could not be placed.
    const waits = join(folder(), "waits");
    const extra = { ...preload, FAULT: "link:WAIT:/vault.age.lock:2", FAULT_FLAG: waits };
    const second = world.start(setFor("a3"), { extra, input: THIRD });
    await eventually(
      () => stat(waits).catch(() => undefined),
      (found) => found !== undefined,
    );
    await first.goOn();
    expect(await first.claws.ended).toMatchObject({ exitCode: 0, stdout: "stored anthropic for a2, version 1\n" });
    await letGoOn(waits);
    expect(await second.ended).toMatchObject({ exitCode: 0, stdout: "stored anthropic for a3, version 1\n" });

    expect(await values()).toEqual([`a1 ${FIRST}`, `a2 ${SECOND}`, `a3 ${THIRD}`]);
    expect(await world.beside()).toEqual([]);
  });

  it("13 do not wait for ever: the second fails with the holder's process, host and time, and changes nothing", async () => {
    const first = await pausedWhileSaving();
    const before = await world.bytes();
    const { exitCode, stdout, stderr } = await world.claws(setFor("a3"), { input: THIRD });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    const [error, ...hints] = stderr.trimEnd().split("\n");
    expect(error).toMatch(
      /^claws: error: cannot lock ".*vault\.age": process \d+ on \S+ since \d{4}-\d\d-\d\dT[\d:.]+Z holds it$/,
    );
    expect(error).toContain(`process ${first.claws.child.pid ?? 0} on ${hostname()} since`);
    expect(hints).toEqual([
      "claws: hint: wait for it to finish and try again",
      `claws: hint: if that process is gone for good: claws vault unlock --force --vault "${world.path}"`,
    ]);
    expect((await world.bytes()).equals(before)).toBe(true);
    await first.goOn();

    expect((await first.claws.ended).exitCode).toBe(0);
    expect(await values()).toEqual([`a1 ${FIRST}`, `a2 ${SECOND}`]);
  });

  it("13 of which one takes no lock, like an older release or git, do not overwrite each other", async () => {
    const first = await pausedWhileSaving();
    await mkdir(join(folder(), "clone"));
    const other = await createVaultWorld(join(folder(), "clone"), join(shared, "cache"));
    await writeFile(world.path, await other.bytes());
    await first.goOn();
    const { exitCode, stdout, stderr } = await first.claws.ended;

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toContain(`cannot save the vault "${world.path}": another program changed it meanwhile\n`);
    expect(stderr).toContain("claws: hint: nothing was written; run the command again\n");
    expect((await world.bytes()).equals(await other.bytes())).toBe(true);
    expect(await world.beside()).toEqual([]);
  });

  it("13 ten at once lose nothing", async () => {
    const agents = Array.from({ length: 10 }, (_, index) => `b${index}`);
    const runs = await Promise.all(agents.map((agent) => world.claws(setFor(agent), { input: `${SECOND}-${agent}` })));
    // A machine that is slow enough lets some wait in vain, who then say so.
    const done = agents.filter((_, index) => runs[index]?.exitCode === 0);
    expect(runs.filter(({ exitCode, stderr }) => exitCode !== 0 && !stderr.includes("cannot lock"))).toEqual([]);

    expect(done.length).toBeGreaterThan(0);
    expect(await values()).toEqual([`a1 ${FIRST}`, ...done.map((agent) => `${agent} ${SECOND}-${agent}`)]);
    expect(await world.beside()).toEqual([]);
  });
});

describe("a lock that its process left behind", () => {
  it("14 by a real kill -9 is taken over with a notice", async () => {
    const first = await pausedWhileSaving();
    first.claws.child.kill("SIGKILL");
    await first.claws.ended;
    expect(await world.beside()).toContain("vault.age.lock");
    const { exitCode, stderr } = await world.claws(setFor("a3"), { input: THIRD });

    expect(exitCode).toBe(0);
    expect(stderr.split("\n")[0]).toBe(
      `claws: took over the lock of process ${first.claws.child.pid ?? 0}, which is gone`,
    );
    expect(await values()).toEqual([`a1 ${FIRST}`, `a3 ${THIRD}`]);
    expect(await world.beside()).toEqual([]);
  });

  it.each<[string, () => string]>([
    ["whose process is dead", () => holder({ pid: deadPid() })],
    ["of an earlier boot, though the number is taken again", () => holder({ life: "4b6c/123" })],
    ["of this boot, whose number another process has now", () => holder({ life: `${bootId()}/1` })],
    ["cut off in the middle", () => holder({}).slice(0, 20)],
    ["without any text", () => ""],
  ])("14 %s is taken over with a notice", async (_, text) => {
    await writeFile(lockPath(), text());
    const { exitCode, stderr } = await world.claws(setFor("a2"), { input: SECOND });

    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^claws: took over the lock of process (\d+|unknown), which is gone\n/);
    expect(await world.beside()).toEqual([]);
  });
});

describe("a lock whose process may live", () => {
  it("14 on this machine is not removed without --force", async () => {
    const first = await pausedWhileSaving();
    const before = await readFile(lockPath(), "utf8");
    const { exitCode, stderr } = await world.claws(["vault", "unlock"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      `claws: error: refusing to unlock "${world.path}": process ${first.claws.child.pid ?? 0} on ${hostname()} since`,
    );
    expect(await readFile(lockPath(), "utf8")).toBe(before);
    await first.goOn();
    expect((await first.claws.ended).exitCode).toBe(0);
  });

  it.each<[string, Record<string, unknown>]>([
    ["on another machine", { host: "elsewhere" }],
    ["in another container", { life: "", space: "pid:[1]", pid: 1 }],
  ])("14 %s is never taken over, and goes with --force", async (_, changes) => {
    await writeFile(lockPath(), holder({ life: `${bootId()}/1`, ...changes }));
    expect((await world.claws(setFor("a2"), { input: SECOND })).exitCode).toBe(1);
    expect((await world.claws(["vault", "unlock"])).exitCode).toBe(1);
    expect(await world.beside()).toEqual(["vault.age.lock"]);
    const { exitCode, stderr } = await world.claws(["vault", "unlock", "--force"]);

    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^claws: removed the lock of process \d+ on \S+ since 2026-11-23T12:00:00.000Z\n$/);
    expect(await world.beside()).toEqual([]);
    expect((await world.claws(setFor("a2"), { input: SECOND })).exitCode).toBe(0);
  });

  it("14 that is taken away from it with --force lets it save nothing any more, nor unlock what another holds", async () => {
    const first = await pausedWhileSaving();
    expect((await world.claws(["vault", "unlock", "--force"])).exitCode).toBe(0);
    await storeKey(world.access, "a3", THIRD);
    const theirs = holder({ host: "elsewhere" });
    await writeFile(lockPath(), theirs);
    await first.goOn();
    const { exitCode, stderr } = await first.claws.ended;

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`cannot save the vault "${world.path}": its lock was taken away meanwhile\n`);
    expect(await readFile(lockPath(), "utf8")).toBe(theirs);
    await rm(lockPath());
    expect(await values()).toEqual([`a1 ${FIRST}`, `a3 ${THIRD}`]);
  });

  it("14 that is no lock at all is told, and left alone", async () => {
    const target = join(folder(), "target");
    await writeFile(target, "precious");
    await symlink(target, lockPath());
    expect((await world.claws(setFor("a2"), { input: SECOND })).stderr).toContain(
      `claws: error: cannot use lock "${lockPath()}": it is a symbolic link\n`,
    );
    await rm(lockPath());
    spawnSync("mkfifo", [lockPath()]);
    expect((await world.claws(setFor("a2"), { input: SECOND })).stderr).toContain(
      `claws: error: cannot use lock "${lockPath()}": it is not a regular file\n`,
    );
    await rm(lockPath());

    expect(await readFile(target, "utf8")).toBe("precious");
    expect(await values()).toEqual([`a1 ${FIRST}`]);
  });

  it("14 is nothing to worry about when there is none", async () => {
    expect(await world.claws(["vault", "unlock"])).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: `claws: nothing to do: "${world.path}" is not locked\n`,
    });
  });
});

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
