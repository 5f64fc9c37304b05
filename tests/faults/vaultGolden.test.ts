// SPDX-License-Identifier: Apache-2.0
import { jest } from "@jest/globals";
import { chmod, copyFile, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { armor } from "age-encryption";
import { recipientOf } from "../../cli/ageFile.ts";
import { parseIdentityFile } from "../../cli/identityFile.ts";
import { createVault, readVault, updateVault, type VaultAccess } from "../../cli/vault.ts";
import { renderVaultDocument, type VaultDocument } from "../../cli/vaultDocument.ts";
import { keysOf } from "../../cli/vaultPassphrase.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { ageCommand, type AgeCommand } from "../support/ageCommand.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

// The first run builds the age command.
jest.setTimeout(300_000);

const folder = scratchFolder();
const golden = join(import.meta.dirname, "..", "support", "golden");
const releases = (await readdir(golden)).filter((name) => /^\d+\.\d+\.\d+$/.test(name)).sort();
const PASSPHRASE = "exchanged with another program";
const vaults = releases.flatMap((release) =>
  ["classic", "post-quantum", "passphrase"].map((kind) => [release, kind] as const),
);
let other: AgeCommand;

beforeAll(async () => {
  other = await ageCommand();
});

/** A copy that may be changed, and what opens it. */
async function openGolden(release: string, kind: string): Promise<VaultAccess> {
  const at = (name: string): string => join(golden, release, name);
  const path = join(folder(), "vault.age");
  await copyFile(at(`${kind}.age`), path);
  await chmod(path, 0o600);
  if (kind === "passphrase")
    return { path, environment: { HOME: folder(), CLAWS_VAULT_PASSPHRASE_CMD: `cat '${at("passphrase.txt")}'` } };
  return { path, environment: { CLAWS_AGE_KEY: await readFile(at(`${kind}.identity.txt`), "utf8") } };
}

function vaultFor(recipients: readonly string[]): VaultDocument {
  const key = { name: "openai", provider: "openai", agent: "ada", version: 1, created: "2026-11-23T12:00:00.000Z" };
  return { recipients, keys: [{ ...key, value: Sensitive.from("sk-exchanged"), notAfter: null }] };
}

describe("the vaults of every release so far", () => {
  it("18 are there, of the first release on", () => {
    expect(releases[0]).toBe("0.1.0");
  });

  it.each(vaults)("18 of %s, %s, open with all that is in them, and are written again", async (release, kind) => {
    const access = await openGolden(release, kind);
    const expected = (await readFile(join(golden, release, `${kind}.json`), "utf8")).trim();
    expect(JSON.parse(renderVaultDocument(await readVault(access)))).toEqual(JSON.parse(expected));
    await updateVault(access, (document) => ({ ...document, keys: document.keys.slice(1) }));
    expect((await readVault(access)).keys).toHaveLength(1);
  });
});

describe("a vault of ours", () => {
  it.each([
    ["classic", []],
    ["post-quantum", ["-pq"]],
  ])("18 for a %s identity opens with the age command", async (_kind, words) => {
    const text = await other.keygen(words);
    const [identity] = parseIdentityFile(text, "age-keygen");
    if (identity === undefined) throw new Error("no identity");
    const path = join(folder(), "vault.age");
    const document = vaultFor([await recipientOf(identity)]);
    await createVault(path, document, { identities: [identity], source: "test" });
    const identityFile = join(folder(), "identity.txt");
    await writeFile(identityFile, text, { mode: 0o600 });
    const content = await other.age(["--decrypt", "--identity", identityFile, path]);
    expect(content.toString()).toBe(renderVaultDocument(document));
  });

  it("18 for a passphrase opens with the age command", async () => {
    const path = join(folder(), "vault.age");
    await createVault(path, vaultFor([]), keysOf(Sensitive.from(PASSPHRASE), "test"));
    const content = await other.age(["--decrypt", "-j", "batchpass", path], { passphrase: PASSPHRASE });
    expect(content.toString()).toBe(renderVaultDocument(vaultFor([])));
    const wrong = other.age(["--decrypt", "-j", "batchpass", path], { passphrase: "another" });
    await expect(wrong).rejects.toThrow("age ended with 1");
  });
});

describe("a vault that the age command has encrypted", () => {
  it.each([
    ["classic", [], []],
    ["classic, armored", [], ["--armor"]],
    ["post-quantum", ["-pq"], []],
    ["post-quantum, armored", ["-pq"], ["--armor"]],
  ])("18 for a %s recipient opens here, and is written again", async (_kind, keygenWords, ageWords) => {
    const text = await other.keygen(keygenWords);
    const [identity] = parseIdentityFile(text, "age-keygen");
    if (identity === undefined) throw new Error("no identity");
    const recipient = await recipientOf(identity);
    const input = Buffer.from(renderVaultDocument(vaultFor([recipient])));
    const path = join(folder(), "vault.age");
    await writeFile(path, await other.age([...ageWords, "--recipient", recipient], { input }), { mode: 0o600 });
    const access = { path, environment: { CLAWS_AGE_KEY: text } };
    expect((await readVault(access)).keys[0]?.value.reveal()).toBe("sk-exchanged");
    await updateVault(access, (document) => ({ ...document, keys: [] }));
    expect((await readVault(access)).keys).toEqual([]);
  });

  it.each([["binary"], ["armored"]])("18 for a passphrase, %s, opens here", async (form) => {
    const input = Buffer.from(renderVaultDocument(vaultFor([])));
    const file = await other.age(["--encrypt", "-j", "batchpass"], { input, passphrase: PASSPHRASE });
    const path = join(folder(), "vault.age");
    await writeFile(path, form === "armored" ? armor.encode(file) : file, { mode: 0o600 });
    const access = {
      path,
      environment: { HOME: folder() },
      readPassphrase: () => Promise.resolve(Sensitive.from(PASSPHRASE)),
    };
    expect((await readVault(access)).keys[0]?.value.reveal()).toBe("sk-exchanged");
  });

  it("18 for several recipients, ours being one, opens here", async () => {
    const [ours, theirs] = [await other.keygen(), await other.keygen()];
    const recipients = await Promise.all(
      [theirs, ours].flatMap((text) => parseIdentityFile(text, "x")).map(recipientOf),
    );
    const words = recipients.flatMap((recipient) => ["--recipient", recipient]);
    const path = join(folder(), "vault.age");
    const input = Buffer.from(renderVaultDocument(vaultFor(recipients)));
    await writeFile(path, await other.age(words, { input }), { mode: 0o600 });
    expect((await readVault({ path, environment: { CLAWS_AGE_KEY: ours } })).recipients).toEqual(recipients);
  });
});
