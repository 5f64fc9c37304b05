// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { readFile, writeFile } from "node:fs/promises";
import { shortId } from "../../cli/age/recipient.ts";
import { encryptFor, generateIdentity, type AgeIdentity } from "../../cli/ageFile.ts";
import { UserError } from "../../cli/errors.ts";
import { withNewVersion } from "../../cli/keyEntry.ts";
import { operatorKeyOf } from "../../cli/operatorKey.ts";
import { givenRecipients } from "../../cli/recipientsFile.ts";
import { createVault, readVault, updateVault, type VaultAccess } from "../../cli/vault.ts";
import { addRecipients, listRecipients, removeRecipient, setRecipients } from "../../cli/vaultRecipients.ts";
import { keysOf } from "../../cli/vaultPassphrase.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { runClaws, makeProject } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const PASSPHRASE = "correct horse battery staple";
const [owner, colleague] = await Promise.all([generateIdentity(), generateIdentity()]);
const [ownerPq, colleaguePq] = await Promise.all([
  generateIdentity({ postQuantum: true }),
  generateIdentity({ postQuantum: true }),
]);
const created = "2026-11-23T12:00:00.000Z";

async function makeVault(...identities: readonly AgeIdentity[]): Promise<VaultAccess> {
  const path = join(folder(), "vault.age");
  const recipients = identities.map(({ recipient }) => recipient);
  const keys = { identities: identities.map(({ identity }) => identity), source: "test" };
  await createVault(path, { recipients, keys: [], operator: operatorKeyOf(Buffer.alloc(32, 1)) }, keys);
  return accessAs(owner, ownerPq);
}

function accessAs(...identities: readonly AgeIdentity[]): VaultAccess {
  const text = identities.map(({ identity }) => identity.reveal()).join("\n");
  return { path: join(folder(), "vault.age"), environment: { CLAWS_AGE_KEY: text } };
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof UserError)) throw new Error("expected a UserError", { cause: error });
  expect(error.message + error.hints.join()).not.toContain("AGE-SECRET-KEY");
  return error.message;
}

describe("the recipients of a vault", () => {
  it("are listed with short ids, the reader's own marked", async () => {
    const access = await makeVault(owner, colleague);
    expect(await listRecipients(access)).toEqual([
      { id: shortId(owner.recipient), recipient: owner.recipient, kind: "classic", yours: true },
      { id: shortId(colleague.recipient), recipient: colleague.recipient, kind: "classic", yours: false },
    ]);
    expect(shortId(owner.recipient)).toMatch(/^age1[a-z0-9]{8}\.\.\.[a-z0-9]{6}$/);
    expect(shortId(ownerPq.recipient)).toMatch(/^age1pq1[a-z0-9]{8}\.\.\.[a-z0-9]{6}$/);
  });

  it("grow by one, who can open the vault at once", async () => {
    const access = await makeVault(owner);
    const change = await addRecipients(access, [colleague.recipient]);
    expect(change).toMatchObject({ added: [colleague.recipient], removed: [], seen: { keys: [], operatorKey: false } });
    expect((await readVault(accessAs(colleague))).recipients).toEqual([owner.recipient, colleague.recipient]);
    expect(await refusal(addRecipients(access, [colleague.recipient]))).toBe(
      `the vault is for ${shortId(colleague.recipient)} already`,
    );
  });

  it("shrink by one, named whole or by the short id, and what they have seen is told", async () => {
    for (const name of [colleague.recipient, shortId(colleague.recipient)]) {
      const access = await makeVault(owner, colleague);
      const entry = { name: "anthropic", agent: "a1", value: Sensitive.from("sk-x"), created };
      await updateVault(access, (document) => withNewVersion(document, entry, "none"));
      await updateVault(access, (document) => ({
        ...document,
        credentials: [{ name: "DIGITALOCEAN_TOKEN", value: Sensitive.from("t"), updated: created }],
      }));
      const change = await removeRecipient(access, name, false);
      expect(change.removed).toEqual([colleague.recipient]);
      expect(change.seen).toEqual({
        keys: [{ agent: "a1", name: "anthropic", version: 1 }],
        credentials: ["DIGITALOCEAN_TOKEN"],
        operatorKey: true,
      });
      expect(await refusal(readVault(accessAs(colleague)))).toContain("no identity matches its recipients");
      await (await import("node:fs/promises")).rm(access.path);
    }
  });

  it("stay as they are when a name is none of theirs", async () => {
    const access = await makeVault(owner, colleague);
    expect(await refusal(removeRecipient(access, ownerPq.recipient, false))).toBe("the vault has no such recipient");
    expect((await readVault(access)).recipients).toHaveLength(2);
  });

  it("stay as they are when a short id could be two of them", async () => {
    const twins = ["a", "c"].map((letter) => `age1qqqqqqqq${letter.repeat(40)}zzzzzz`);
    const access = accessAs(owner);
    const text = JSON.stringify({ officeClaws: 1, recipients: [...twins, owner.recipient], keys: [] });
    await writeFile(access.path, await encryptFor([owner.recipient], text), { mode: 0o600 });
    expect(await refusal(removeRecipient(access, "age1qqqqqqqq...zzzzzz", false))).toBe(
      "2 recipients of the vault have this short id",
    );
    // Named whole, one goes; the other is no recipient that anything could be encrypted for.
    expect(await refusal(removeRecipient(access, twins[0] ?? "", false))).toContain("is not an age recipient");
  });

  it("are never of both kinds: not when the vault is made, nor by adding, setting or any other save", async () => {
    const access = await makeVault(owner);
    const before = await readFile(access.path);
    const mixed = "cannot mix post-quantum recipients with classic ones";
    expect(await refusal(addRecipients(access, [colleaguePq.recipient]))).toBe(mixed);
    expect(await refusal(setRecipients(access, [owner.recipient, colleaguePq.recipient], true))).toBe(mixed);
    const recipients = [owner.recipient, colleaguePq.recipient];
    expect(await refusal(updateVault(access, (document) => ({ ...document, recipients })))).toBe(mixed);
    const keys = { identities: [owner.identity], source: "test" };
    expect(await refusal(createVault(join(folder(), "new.age"), { recipients, keys: [] }, keys))).toBe(mixed);
    expect((await readFile(access.path)).equals(before)).toBe(true);
  });

  it("move to the post-quantum kind all at once", async () => {
    const access = await makeVault(owner, colleague);
    const change = await setRecipients(access, [ownerPq.recipient, colleaguePq.recipient], false);
    expect(change.recipients.map(({ kind, yours }) => [kind, yours])).toEqual([
      ["post-quantum", true],
      ["post-quantum", false],
    ]);
    expect((await readVault(accessAs(colleaguePq))).recipients).toEqual([ownerPq.recipient, colleaguePq.recipient]);
    expect(await refusal(readVault(accessAs(owner)))).toContain("no identity matches its recipients");
  });
});

describe("a vault with a passphrase", () => {
  async function passphraseVault(identities: readonly AgeIdentity[] = []): Promise<VaultAccess> {
    const path = join(folder(), "vault.age");
    await createVault(path, { recipients: [], keys: [] }, keysOf(Sensitive.from(PASSPHRASE), "test"));
    const own = identities.map(({ identity }) => identity.reveal()).join("\n");
    return {
      path,
      environment: { HOME: folder(), CLAWS_AGE_KEY: own },
      readPassphrase: () => Promise.resolve(Sensitive.from(PASSPHRASE)),
    };
  }

  it("has no recipients, and none stands beside the passphrase", async () => {
    const access = await passphraseVault([owner]);
    expect(await listRecipients(access)).toEqual([]);
    const alone = "the vault is opened with a passphrase, beside which age allows no recipient";
    expect(await refusal(addRecipients(access, [owner.recipient]))).toBe(alone);
    expect(await refusal(removeRecipient(access, owner.recipient, true))).toBe(alone);
  }, 60_000);

  it("gets recipients instead when one of them is the caller's", async () => {
    const access = await passphraseVault([owner]);
    await setRecipients(access, [owner.recipient], false);
    expect((await readVault(accessAs(owner))).recipients).toEqual([owner.recipient]);
  }, 60_000);

  it("keeps the passphrase when none of the new recipients is the caller's", async () => {
    const access = await passphraseVault();
    expect(await refusal(setRecipients(access, [owner.recipient], false))).toContain("refusing to leave you out");
    expect((await readVault(access)).recipients).toEqual([]);
  }, 60_000);
});

describe("given recipients", () => {
  const put = async (text: string): Promise<string> => {
    const path = join(folder(), "team.txt");
    await writeFile(path, text);
    return path;
  };

  it("are read from a file as age reads it: comments, blank lines, CRLF, a byte order mark; each once", async () => {
    const file = await put(`\uFEFF# team\r\n\r\n ${owner.recipient} \r\n${colleague.recipient}\n${owner.recipient}`);
    expect(await givenRecipients([], file)).toEqual([owner.recipient, colleague.recipient]);
    expect(await givenRecipients([colleague.recipient], file)).toEqual([colleague.recipient, owner.recipient]);
  });

  it("are refused with the line when one is none, without showing an identity", async () => {
    const last = owner.recipient.endsWith("q") ? "p" : "q";
    const file = await put(`${owner.recipient}\n${owner.recipient.slice(0, -1)}${last}\n`);
    expect(await refusal(givenRecipients([], file))).toMatch(/line 2 got "age1.*", which is no age recipient/);
    const pasted = await put(`# oops\n${owner.identity.reveal()}\n`);
    expect(await refusal(givenRecipients([], pasted))).toMatch(/line 2 got an identity \(private\)/);
    expect(await refusal(givenRecipients([owner.identity.reveal().toLowerCase()], undefined))).toBe(
      "RECIPIENT got an identity (private), not a recipient (age1...)",
    );
    expect(await refusal(givenRecipients([], await put("ssh-ed25519 AAAA")))).toMatch(
      /line 1 must be an age recipient/,
    );
    expect(await refusal(givenRecipients([], await put("#\n")))).toMatch(/holds no recipient$/);
    expect(await refusal(givenRecipients([], "/nonexistent/file"))).toContain("cannot read the recipients file");
    const plugin = "age1yubikey1qqqqqq";
    expect(await refusal(givenRecipients([plugin], undefined))).toContain("which is no age recipient that claws knows");
  });
});

describe("claws vault recipients", () => {
  it("prints lists and changes, as text and as JSON", async () => {
    const { root, environment } = await makeProject(folder());
    const given = { environment: { ...environment, CLAWS_AGE_KEY: owner.identity.reveal() }, workingDirectory: root };
    const claws = (...words: readonly string[]) => runClaws(["vault", ...words], given);
    await claws("init");
    expect(await claws("recipients", "list")).toEqual({
      exitCode: 0,
      stdout: `RECIPIENT              KIND\n${shortId(owner.recipient)}  classic  yours\n`,
      stderr: "",
    });
    expect((await claws("recipients", "add", colleague.recipient)).stdout).toBe(
      `added ${shortId(colleague.recipient)}\nthe vault is now for 2 recipients\n`,
    );
    expect(JSON.parse((await claws("recipients", "list", "--json")).stdout)).toHaveLength(2);
    expect(await claws("recipients", "remove", shortId(colleague.recipient))).toEqual({
      exitCode: 0,
      stdout: [
        `removed ${shortId(colleague.recipient)}`,
        "the vault is now for 1 recipient",
        "REPLACE       WITH",
        "operator key  claws operator init --replace",
        "",
      ].join("\n"),
      stderr:
        "claws: whoever was removed has seen all of these, and older copies of the file, as in Git, stay open to them\n",
    });
    expect((await claws("recipients", "add")).stderr).toContain("claws: error: which recipient?\n");
    expect((await claws("recipients", "set")).stderr).toContain("claws: error: which recipients?\n");
  });
});
