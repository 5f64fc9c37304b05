// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import {
  chmod,
  chown,
  link,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { scratchFolder } from "../support/scratchFolder.ts";
import { createVaultWorld, setFor, type VaultWorld } from "./support/vaultWorld.ts";

const SECOND = "sk-ant-canary-second-2";
const STRANGER = 12_345;
/** Reads it as a user who is not root, whoever runs the tests. */
const asUser = ["unshare", "--user", "--map-user=1000", "--map-group=1000"];
const folder = scratchFolder();
// Only root can give a file away; elsewhere these show as skipped.
const describeAsRoot = process.getuid?.() === 0 ? describe : describe.skip;
let shared = "";
let world: VaultWorld;

beforeAll(async () => {
  shared = await mkdtemp(join(tmpdir(), "office-claws-file-"));
});
afterAll(() => rm(shared, { recursive: true, force: true }));
beforeEach(async () => {
  world = await createVaultWorld(folder(), join(shared, "cache"));
});

/** Each command that opens the vault refuses it for this reason, waits for nothing and changes nothing. */
async function expectRefused(cause: string, wrapper: readonly string[] = []): Promise<void> {
  for (const words of [["keys", "list"], setFor("a1"), ["operator", "init"], ["keys", "push"]]) {
    const { exitCode, stdout, stderr } = await world.claws(words, { input: SECOND, wrapper });
    expect({ words, exitCode, stdout }).toEqual({ words, exitCode: 2, stdout: "" });
    expect(stderr.split("\n")[0]).toBe(`claws: error: cannot use vault "${world.path}": ${cause}`);
  }
  const { exitCode, stderr } = await world.claws(["vault", "init"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`claws: error: there is already something at "${world.path}"\n`);
  expect(await world.beside()).toEqual([]);
}

describe("a vault that is no plain file", () => {
  it("15 but a symbolic link is refused, and what it leads to is left alone", async () => {
    const target = join(folder(), "target.age");
    await rename(world.path, target);
    await symlink(target, world.path);
    const before = await readFile(target);
    await expectRefused("it is a symbolic link");

    expect((await readFile(target)).equals(before)).toBe(true);
  });

  it("15 but a link that leads nowhere is refused, and nothing is made where it leads", async () => {
    await rm(world.path);
    await symlink(join(folder(), "nowhere.age"), world.path);
    await expectRefused("it is a symbolic link");

    expect(await readdir(folder())).not.toContain("nowhere.age");
  });

  it("15 but a FIFO is refused without waiting for a writer", async () => {
    await rm(world.path);
    await promisify(execFile)("mkfifo", ["-m", "600", world.path]);
    await expectRefused("it is not a regular file");
  });

  it("15 but a folder is refused", async () => {
    await rm(world.path);
    await mkdir(world.path, { mode: 0o700 });
    await expectRefused("it is not a regular file");
  });

  it.each(["/dev/null", "/dev/zero", "/dev/tty"])("15 but the device %s is refused", async (path) => {
    for (const words of [["keys", "list"], setFor("a1")]) {
      const { exitCode, stderr } = await world.claws([...words, "--vault", path], { input: SECOND });
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/^claws: error: cannot (use|open) vault "\/dev\/\w+": (it is not a regular file|ENXIO)\n/);
    }
  });

  it("15 reached through a linked folder is the file in that folder", async () => {
    const linked = join(folder(), "linked");
    await symlink(world.root, linked);
    const path = join(linked, "vault.age");
    expect((await world.claws([...setFor("a2"), "--vault", path], { input: SECOND })).exitCode).toBe(0);
    expect((await world.keys()).map(({ agent }) => agent)).toEqual(["a1", "a2"]);
  });

  it("15 with a second name is replaced under its own name only", async () => {
    const second = join(folder(), "second.age");
    await link(world.path, second);
    const before = await readFile(second);
    expect((await world.claws(setFor("a2"), { input: SECOND })).exitCode).toBe(0);

    expect((await readFile(second)).equals(before)).toBe(true);
    expect((await world.bytes()).equals(before)).toBe(false);
  });
});

describe("the mode of a vault", () => {
  it.each([0o666, 0o620, 0o602])("15 that lets others write, %o, is refused with the way out", async (mode) => {
    await chmod(world.path, mode);
    await expectRefused(`its mode is ${mode.toString(8)}, so other users can change it`);
    expect((await world.claws(["keys", "list"])).stderr).toContain(`claws: hint: chmod 600 "${world.path}"\n`);
  });

  it.each([0o644, 0o640, 0o600, 0o400])(
    "15 of %o, as git leaves it, is taken, and is 600 after the next save",
    async (mode) => {
      await chmod(world.path, mode);
      expect((await world.claws(["keys", "list"])).exitCode).toBe(0);
      expect((await stat(world.path)).mode & 0o777).toBe(mode);
      expect((await world.claws(setFor("a2"), { input: SECOND })).exitCode).toBe(0);
      expect((await stat(world.path)).mode & 0o777).toBe(0o600);
    },
  );
});

describeAsRoot("a vault that belongs to another user", () => {
  it("15 is refused", async () => {
    await chmod(world.path, 0o644);
    await chown(world.path, STRANGER, STRANGER);
    // A user that the namespace does not know shows as 65534.
    await expectRefused("it belongs to user 65534, not to you", asUser);
  });

  it("15 stays theirs when root saves it, so that sudo locks nobody out", async () => {
    await chown(world.path, STRANGER, STRANGER);
    expect((await world.claws(setFor("a2"), { input: SECOND })).exitCode).toBe(0);
    const { uid, gid, mode } = await stat(world.path);

    expect({ uid, gid, mode: mode & 0o777 }).toEqual({ uid: STRANGER, gid: STRANGER, mode: 0o600 });
  });
});

describe("an identity file", () => {
  it("15 that others can read is refused with the way out", async () => {
    const path = join(folder(), "identity.txt");
    await writeFile(path, world.owner.identity.reveal());
    await chmod(path, 0o644);
    const extra = { CLAWS_AGE_KEY: "", CLAWS_AGE_KEY_FILE: path };
    const { exitCode, stderr } = await world.claws(["keys", "list"], { extra });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      `claws: error: cannot use identity file "${path}": its mode is 644, so other users can read or change it\nclaws: hint: chmod 600 "${path}"\n`,
    );
    await chmod(path, 0o600);
    expect((await world.claws(["keys", "list"], { extra })).exitCode).toBe(0);
  });
});
