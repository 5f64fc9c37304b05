// SPDX-License-Identifier: Apache-2.0
import { readFile, rm, writeFile } from "node:fs/promises";
import { shortId } from "../../cli/age/recipient.ts";
import { encryptFor, generateIdentity } from "../../cli/ageFile.ts";
import { dropFinished } from "../../cli/finishRotation.ts";
import type { PushResult } from "../../cli/pushKeys.ts";
import { readVault, type VaultAccess } from "../../cli/vault.ts";
import { renderVaultDocument, type VaultDocument } from "../../cli/vaultDocument.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { makeTestVault, testKey, testOperator, type TestVault } from "../support/testVault.ts";

const folder = scratchFolder();
const keys = [testKey(), testKey({ version: 2, value: "value-2" }), testKey({ name: "openai" })];
let vault: TestVault;
let access: VaultAccess;
let document: VaultDocument;
let notices: string[];
const terminal = { notice: (line: string) => void notices.push(line) };

beforeEach(async () => {
  notices = [];
  vault = await makeTestVault(folder(), { keys, operator: testOperator() });
  access = { ...vault.access, environment: { ...vault.access.environment, HOME: folder() } };
  document = await readVault(access);
});

function result(changes: Partial<PushResult>): PushResult {
  return { agent: "a1", key: "anthropic", version: 2, result: "pushed", detail: "", ...changes };
}

async function versions(): Promise<readonly string[]> {
  return (await readVault(access)).keys.map(({ name, version }) => `${name} ${version}`).sort();
}

describe("dropFinished", () => {
  it.each(["pushed", "unchanged"] as const)("drops the old version of a key that was %s", async (kind) => {
    await dropFinished(access, document, [result({ result: kind })], terminal);
    expect(await versions()).toEqual(["anthropic 2", "openai 1"]);
    expect(notices).toEqual([]);
  });

  it.each(["failed", "unknown", "not done"] as const)("leaves the vault as it is when a key was %s", async (kind) => {
    const before = await readFile(vault.path);
    await dropFinished(access, document, [result({ result: kind }), result({ key: "openai", version: 1 })], terminal);
    expect((await readFile(vault.path)).equals(before)).toBe(true);
    expect(notices).toEqual([]);
  });

  it("only tells when the vault has a recipient whom nobody here has accepted: the keys have arrived", async () => {
    const colleague = await generateIdentity();
    const recipients = [...document.recipients, colleague.recipient];
    await writeFile(vault.path, await encryptFor(recipients, renderVaultDocument({ ...document, recipients })));
    const before = await readFile(vault.path);
    await dropFinished(access, document, [result({})], terminal);
    expect((await readFile(vault.path)).equals(before)).toBe(true);
    expect(notices).toEqual([
      "the keys have arrived, and the vault keeps their old versions as well:",
      `refusing to use the vault "${vault.path}": it is not as this machine last accepted it`,
      `new recipient, who can read what you store: ${shortId(colleague.recipient)}`,
      "look at it: claws vault recipients list, claws vault diff ORIG_HEAD",
      "if that is right: claws vault recipients accept",
      "nothing was written",
    ]);
  });

  it("tells, too, when the vault went away meanwhile", async () => {
    await rm(vault.path);
    await dropFinished(access, document, [result({})], terminal);
    expect(notices[1]).toMatch(/^there is no vault at ".*vault\.age"$/);
  });

  it("hides no fault of our own", async () => {
    const broken: VaultAccess = {
      ...access,
      get path(): string {
        throw new TypeError("a fault");
      },
    };
    await expect(dropFinished(broken, document, [result({})], terminal)).rejects.toThrow(new TypeError("a fault"));
    expect(notices).toEqual([]);
  });
});
