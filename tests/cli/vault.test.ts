// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readFile, readdir, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { generateIdentity, type AgeIdentity } from "../../cli/ageFile.ts";
import { UserError } from "../../cli/errors.ts";
import { withNewVersion } from "../../cli/keyEntry.ts";
import { createVault, readVault, readVaultIfAny, updateVault, type VaultAccess } from "../../cli/vault.ts";
import { currentKeys } from "../../cli/vaultDocument.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const CANARY = "sk-ant-canary-3f9a1c";
const created = "2026-11-23T12:00:00.000Z";
let owner: AgeIdentity;

beforeAll(async () => {
  owner = await generateIdentity();
});

function access(extra: Partial<VaultAccess> = {}): VaultAccess {
  return { path: join(folder(), "vault.age"), environment: { CLAWS_AGE_KEY: owner.identity.reveal() }, ...extra };
}

async function makeVault(recipients: readonly string[] = [owner.recipient]): Promise<VaultAccess> {
  const found = { identities: [owner.identity], source: "test" };
  await createVault(access().path, { recipients, keys: [] }, found);
  return access();
}

async function storeKey(to: VaultAccess, value = CANARY): Promise<void> {
  const entry = { name: "anthropic", agent: "a1", value: Sensitive.from(value), created };
  await updateVault(to, (document) => withNewVersion(document, entry, "none"));
}

async function failureOf(work: Promise<unknown>): Promise<UserError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof UserError)) throw new Error("expected a UserError", { cause: error });
  expect(error.message + error.hints.join()).not.toContain(CANARY);
  return error;
}

describe("a vault", () => {
  it("gives back what was stored in it", async () => {
    const vault = await makeVault();
    await storeKey(vault);
    const [key] = currentKeys(await readVault(vault));
    expect(key).toMatchObject({
      name: "anthropic",
      agent: "a1",
      provider: "anthropic",
      version: 1,
      created,
      notAfter: null,
    });
    expect(key?.value.reveal()).toBe(CANARY);
  });

  it("is an age file of mode 0600 that holds no plain text", async () => {
    const vault = await makeVault();
    await storeKey(vault);
    const bytes = await readFile(vault.path);
    expect(bytes.subarray(0, 21).toString()).toBe("age-encryption.org/v1");
    expect(bytes.includes("anthropic")).toBe(false);
    expect(bytes.includes(CANARY)).toBe(false);
    expect((await stat(vault.path)).mode & 0o777).toBe(0o600);
  });

  it("opens for every recipient and for nobody else", async () => {
    const [second, stranger] = [await generateIdentity(), await generateIdentity()];
    const vault = await makeVault([owner.recipient, second.recipient]);
    await storeKey(vault);
    const asSecond = { ...vault, environment: { CLAWS_AGE_KEY: second.identity.reveal() } };
    expect((await readVault(asSecond)).keys).toHaveLength(1);
    const error = await failureOf(readVault({ ...vault, environment: { CLAWS_AGE_KEY: stranger.identity.reveal() } }));
    expect(error.message).toBe(`cannot open the vault "${vault.path}": no identity matches its recipients`);
    expect(error.exitCode).toBe(2);
  });

  it("keeps its recipients through every change", async () => {
    const second = await generateIdentity();
    const vault = await makeVault([owner.recipient, second.recipient]);
    await storeKey(vault);
    expect((await readVault(vault)).recipients).toEqual([owner.recipient, second.recipient]);
  });

  it("is never overwritten by a new one", async () => {
    const vault = await makeVault();
    const before = await readFile(vault.path);
    const error = await failureOf(makeVault());
    expect(error.message).toBe(`there is already something at "${vault.path}"`);
    expect(await readFile(vault.path)).toEqual(before);
  });

  it("is not written when the owner could not open it again", async () => {
    const stranger = await generateIdentity();
    const vault = await makeVault();
    const before = await readFile(vault.path);
    const error = await failureOf(
      updateVault(vault, (document) => ({ ...document, recipients: [stranger.recipient] })),
    );
    expect(error.message).toContain("your own identity could not open it again");
    expect(await readFile(vault.path)).toEqual(before);
  });

  it("is not saved over a change that another program made meanwhile", async () => {
    const vault = await makeVault();
    const { writeFileSync } = await import("node:fs");
    const work = updateVault(vault, (document) => {
      writeFileSync(vault.path, "somebody else's");
      return document;
    });
    const error = await failureOf(work);
    expect(error.message).toContain("another program changed it meanwhile");
    expect(error.exitCode).toBe(1);
    expect(await readFile(vault.path, "utf8")).toBe("somebody else's");
    expect(await readdir(folder())).toEqual(["vault.age"]);
  });

  it("loses no update of twenty that come at once", async () => {
    const vault = await makeVault();
    const stores = Array.from({ length: 20 }, async (_, index) => {
      const entry = { name: "openai", agent: `a${index}`, value: Sensitive.from(`v${index}`), created };
      await updateVault({ ...vault, waitMilliseconds: 30_000 }, (document) => withNewVersion(document, entry, "none"));
    });
    await Promise.all(stores);
    expect(new Set(currentKeys(await readVault(vault)).map(({ agent }) => agent)).size).toBe(20);
  });
});

describe("a vault that cannot be used", () => {
  it("is named when it is missing, and nothing is created", async () => {
    const error = await failureOf(readVault(access()));
    expect(error.message).toBe(`there is no vault at "${access().path}"`);
    expect(error.hints).toEqual(["make one: claws vault init"]);
    await failureOf(storeKey(access()));
    expect(await readVaultIfAny(access())).toBeUndefined();
    expect(await readdir(folder())).toEqual([]);
  });

  it.each([
    ["empty", "", "it is empty, not an age file"],
    ["something else", "hello world, this is text", "it is not an age file"],
    ["only an age header's start", "age-encryption.org/v1\n", "it is damaged or cut off"],
  ])("is refused when it is %s", async (_, content, cause) => {
    await writeFile(access().path, content, { mode: 0o600 });
    const error = await failureOf(readVault(access()));
    expect(error.message).toBe(`cannot open the vault "${access().path}": ${cause}`);
    expect(await readFile(access().path, "utf8")).toBe(content);
  });

  it("is refused when it is cut off after any byte, and never gives a shorter set of keys", async () => {
    const vault = await makeVault();
    await storeKey(vault);
    const whole = await readFile(vault.path);
    for (let length = whole.length - 1; length >= 0; length--) {
      await truncate(vault.path, length);
      const error = await failureOf(readVault(vault));
      expect(error.message).toContain(vault.path);
      expect(error.exitCode).toBe(2);
    }
  });

  it("is refused when any one bit is turned over", async () => {
    const vault = await makeVault();
    await storeKey(vault);
    const whole = await readFile(vault.path);
    const flips = fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(7), async (at, bit) => {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
      await writeFile(vault.path, damaged);
      await failureOf(readVault(vault));
    });
    await fc.assert(flips, { numRuns: 400 });
  });

  it("is refused when something follows it", async () => {
    const vault = await makeVault();
    await storeKey(vault);
    const whole = await readFile(vault.path);
    for (const tail of [Buffer.from("\n"), Buffer.alloc(16), whole]) {
      await writeFile(vault.path, Buffer.concat([whole, tail]));
      expect((await failureOf(readVault(vault))).message).toContain("it is damaged or cut off");
    }
  });

  it("is refused as a symbolic link, also for writing, and the target is left alone", async () => {
    const vault = await makeVault();
    const link = join(folder(), "link.age");
    await symlink(vault.path, link);
    const before = await readFile(vault.path);
    expect((await failureOf(storeKey({ ...vault, path: link }))).message).toBe(
      `cannot use vault "${link}": it is a symbolic link`,
    );
    expect(await readFile(vault.path)).toEqual(before);
  });

  it("is refused as a folder or a FIFO, without waiting", async () => {
    await mkdir(access().path);
    expect((await failureOf(readVault(access()))).message).toContain("it is not a regular file");
    const fifo = join(folder(), "fifo.age");
    const [code] = (await once(spawn("mkfifo", [fifo]), "close")) as [number];
    expect(code).toBe(0);
    expect((await failureOf(readVault({ ...access(), path: fifo }))).message).toContain("it is not a regular file");
  });

  it("is refused when other users may change it, and accepted when they may only read it", async () => {
    const vault = await makeVault();
    await chmod(vault.path, 0o620);
    const error = await failureOf(readVault(vault));
    expect(error.message).toContain("its mode is 620, so other users can change it");
    expect(error.hints).toEqual([`chmod 600 "${vault.path}"`]);
    await chmod(vault.path, 0o644);
    expect((await readVault(vault)).keys).toEqual([]);
  });

  it("is refused without any identity", async () => {
    const vault = await makeVault();
    const error = await failureOf(readVault({ ...vault, environment: { HOME: folder() } }));
    expect(error.message).toBe(`cannot open the vault "${vault.path}": no age identity was found`);
  });

  it("says so when its folder cannot be written", async () => {
    const path = join(folder(), "missing", "vault.age");
    const found = { identities: [owner.identity], source: "test" };
    const error = await failureOf(createVault(path, { recipients: [owner.recipient], keys: [] }, found));
    expect(error.message).toBe(`cannot write the vault "${path}": the folder does not exist (ENOENT)`);
    expect(error.exitCode).toBe(1);
  });
});

describe("a save that is killed", () => {
  it("leaves the old vault or the new one, and the next save works and cleans up", async () => {
    const vault = await makeVault();
    await storeKey(vault);
    const saver = join(import.meta.dirname, "..", "support", "vaultSaver.ts");
    const environment = { ...process.env, CLAWS_AGE_KEY: owner.identity.reveal() };
    let version = 1;
    for (let round = 0; round < 12; round++) {
      const child = spawn(process.execPath, [saver, vault.path], {
        env: environment,
        stdio: ["ignore", "pipe", "inherit"],
      });
      // After the first save the moment of the kill is wherever the child happens to be, shifted a little each round.
      await once(child.stdout, "data");
      const until = performance.now() + round * 1.7;
      while (performance.now() < until);
      child.kill("SIGKILL");
      await once(child, "close");
      const [key] = currentKeys(await readVault(vault));
      expect(key?.value.reveal()).toMatch(/^value-\d+-x{2000}$/);
      expect(key?.version).toBeGreaterThan(version);
      version = key?.version ?? 0;
      const notices: string[] = [];
      await storeKey({ ...vault, onNotice: (notice) => notices.push(notice) }, `value-0-${"x".repeat(2000)}`);
      expect(await readdir(folder())).toEqual(["vault.age"]);
      const aboutLocks = notices.filter((notice) => !notice.startsWith("cannot remember who can open the vault"));
      expect(aboutLocks.every((notice) => notice.endsWith("which is gone"))).toBe(true);
      version += 1;
    }
  });
});
