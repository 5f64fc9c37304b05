// SPDX-License-Identifier: Apache-2.0
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scratchFolder } from "../support/scratchFolder.ts";
import { buildFaultyLibc, ordered, type Fault } from "./support/faultyLibc.ts";
import { createVaultWorld, FIRST, setFor, type VaultWorld } from "./support/vaultWorld.ts";

const SECOND = "sk-ant-canary-second-2";
const folder = scratchFolder();
let shared = "";
let preload: Readonly<Record<string, string>> = {};
let world: VaultWorld;

beforeAll(async () => {
  shared = await mkdtemp(join(tmpdir(), "office-claws-disk-"));
  preload = await buildFaultyLibc(shared);
});
afterAll(() => rm(shared, { recursive: true, force: true }));
const holders: ChildProcess[] = [];
afterEach(() => {
  for (const holder of holders.splice(0)) holder.stdin?.end();
});
beforeEach(async () => {
  world = await createVaultWorld(folder(), join(shared, "cache"));
});

/** Runs what follows in a mount namespace of its own, after these shell lines in the project's folder. */
function inNamespace(...lines: readonly string[]): readonly string[] {
  return ["unshare", "--map-root-user", "--mount", "sh", "-c", `set -e; ${lines.join("; ")}; exec "$@"`, "sh"];
}

/** A disk of eight pages that only the processes of this test can see, by its path in the namespace of another. */
async function mountSmallDisk(): Promise<string> {
  const place = join(folder(), "disk");
  await mkdir(place);
  const script = `mount -t tmpfs -o size=32k small "${place}"; echo mounted; cat`;
  const holder = spawn("unshare", ["--map-root-user", "--mount", "sh", "-c", `set -e; ${script}`]);
  holders.push(holder);
  await once(holder.stdout, "data");
  return `/proc/${holder.pid ?? 0}/root${place}`;
}

async function expectOldVault(before: Buffer): Promise<void> {
  expect((await world.bytes()).equals(before)).toBe(true);
  expect((await world.keys()).map(({ value }) => value.reveal())).toEqual([FIRST]);
  expect(await world.beside()).toEqual([]);
}

const calls: readonly (readonly [string, Omit<Fault, "kind">])[] = [
  ["making the lock", { call: "open", path: "/.vault.age.lock." }],
  ["writing the lock", { call: "write", path: "/.vault.age.lock." }],
  ["placing the lock", { call: "link", path: "/vault.age.lock" }],
  ["making the new file", { call: "open", path: "/.vault.age.", nth: 2 }],
  ["writing the new file", { call: "write", path: "/.vault.age.", nth: 2 }],
  ["syncing the new file", { call: "fsync", path: "/.vault.age." }],
  ["placing the new file", { call: "rename", path: "/vault.age" }],
];
const errors = [
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "your disk quota is used up"],
  ["EIO", "the disk reports an error"],
  ["EROFS", "the disk is read-only"],
] as const;

describe("a disk that fails while the vault is saved", () => {
  it.each(errors.flatMap(([kind, cause]) => calls.map(([step, fault]) => [kind, step, cause, fault] as const)))(
    "12 with %s on %s ends in an error and leaves the old vault alone",
    async (kind, _, cause, fault) => {
      const before = await world.bytes();
      const extra = { ...preload, ...ordered({ ...fault, kind }) };
      const run = await world.claws(setFor("a1"), { extra, input: SECOND });
      expect(run).toEqual({
        exitCode: 1,
        stdout: "",
        stderr: `claws: error: cannot write the vault "${world.path}": ${cause} (${kind})\nclaws: hint: the old content is untouched; check the folder "${world.root}"\n`,
      });
      await expectOldVault(before);
    },
  );

  it.each(errors)(
    "12 with %s on the last sync says that the new vault is in place, and how sure that is",
    async (kind, cause) => {
      const extra = { ...preload, ...ordered({ call: "fsync-folder", kind, path: "/project" }) };
      const { exitCode, stdout, stderr } = await world.claws(setFor("a1"), { extra, input: SECOND });
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
      expect(stderr).toContain(
        `claws: error: cannot confirm the write of the vault "${world.path}": ${cause} (${kind})\n`,
      );
      expect((await world.keys()).map(({ value }) => value.reveal())).toEqual([SECOND]);
      expect(await world.beside()).toEqual([]);
    },
  );

  it("12 tells the first error when the temporary file cannot be removed either; the next run sweeps it up", async () => {
    const before = await world.bytes();
    const extra = { ...preload, ...ordered({ call: "unlink", kind: "EIO", path: "/.vault.age." }) };
    const wrapper = inNamespace("ulimit -f 0");
    const run = await world.claws(setFor("a1"), { extra, wrapper, input: SECOND });
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain(
      `cannot write the vault "${world.path}": the file would become larger than allowed (EFBIG)`,
    );
    expect((await world.beside()).length).toBeGreaterThan(0);
    expect((await world.bytes()).equals(before)).toBe(true);

    expect((await world.claws(setFor("a2"), { input: SECOND })).exitCode).toBe(0);
    expect(await world.beside()).toEqual([]);
  });

  it("12 makes neither identity nor vault when the identity cannot be written", async () => {
    await rm(world.path);
    const fault = ordered({ call: "write", kind: "ENOSPC", path: "/.identity.txt." });
    const run = await world.claws(["vault", "init"], { extra: { ...preload, ...fault, CLAWS_AGE_KEY: "" } });
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toMatch(
      /^claws: error: cannot write the identity file ".*identity.txt": the disk is full \(ENOSPC\)\n/,
    );
    expect(await world.beside()).toEqual([]);
    expect(await readdir(join(folder(), "home", ".config", "office-claws"))).toEqual([]);
  });
});

describe("a vault on a real disk", () => {
  it.each([
    ["no room for the lock", 0],
    ["room for the lock alone", 1],
  ])("12 that is full, with %s, keeps its old vault, and takes the next save when there is room", async (_, pages) => {
    const disk = await mountSmallDisk();
    const [path, ballast] = [join(disk, "vault.age"), join(disk, "ballast")];
    await copyFile(world.path, path);
    await chmod(path, 0o600);
    await expect(writeFile(ballast, Buffer.alloc(64 * 1024))).rejects.toMatchObject({ code: "ENOSPC" });
    await truncate(ballast, (await stat(ballast)).size - pages * 4096);
    const before = await readFile(path);
    const run = await world.claws([...setFor("a1"), "--vault", path], { input: SECOND });
    expect(run).toMatchObject({ exitCode: 1, stdout: "" });
    expect(run.stderr).toContain(`claws: error: cannot write the vault "${path}": the disk is full (ENOSPC)\n`);
    expect((await readFile(path)).equals(before)).toBe(true);
    expect((await readdir(disk)).sort()).toEqual(["ballast", "vault.age"]);

    await rm(ballast);
    expect((await world.claws([...setFor("a1"), "--vault", path], { input: SECOND })).exitCode).toBe(0);
    expect((await readFile(path)).equals(before)).toBe(false);
    expect(await readdir(disk)).toEqual(["vault.age"]);
  });

  it("12 that is read-only can be read, and is not changed", async () => {
    const before = await world.bytes();
    const wrapper = inNamespace('mount --bind . .; mount -o remount,bind,ro .; cd "$PWD"');
    expect((await world.claws(["keys", "list"], { wrapper })).exitCode).toBe(0);
    const run = await world.claws(setFor("a1"), { wrapper, input: SECOND });
    expect(run).toMatchObject({ exitCode: 1, stdout: "" });
    expect(run.stderr).toContain(
      `claws: error: cannot write the vault "${world.path}": the disk is read-only (EROFS)\n`,
    );
    await expectOldVault(before);
  });
});
