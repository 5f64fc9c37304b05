// SPDX-License-Identifier: Apache-2.0
import { shortId } from "../../cli/age/recipient.ts";
import { generateIdentity } from "../../cli/ageFile.ts";
import { changePassphrase } from "../../cli/changePassphrase.ts";
import { reportReplaced } from "../../cli/recipientsReport.ts";
import type { Terminal } from "../../cli/terminal.ts";
import { readVault, updateVault, type VaultAccess } from "../../cli/vault.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { makeTestVault, testCredential, testKey, testOperator } from "../support/testVault.ts";

const folder = scratchFolder();
const PASSPHRASE = "correct horse battery staple canary";
const silent = { draw: () => undefined, notice: () => undefined };
const colleague = await generateIdentity();

async function makeShared(): Promise<VaultAccess> {
  const { access, owner } = await makeTestVault(folder(), {
    keys: [testKey({ version: 2 })],
    credentials: [testCredential("DIGITALOCEAN_TOKEN", "canary")],
    operator: testOperator(),
  });
  await updateVault(access, (before) => ({ ...before, recipients: [owner.recipient, colleague.recipient] }));
  return { ...access, environment: { ...access.environment, HOME: folder() }, readPassphrase: typed };
}

function typed(): Promise<Sensitive> {
  return Promise.resolve(Sensitive.from(PASSPHRASE));
}

describe("a vault that gets a passphrase in the place of its recipients", () => {
  it("tells what they have seen, as their removal does", async () => {
    const access = await makeShared();
    const { recipients } = await readVault(access);
    const change = await changePassphrase(access, silent, true);
    expect(change).toEqual({
      removed: recipients,
      seen: {
        keys: [{ agent: "a1", name: "anthropic", version: 2 }],
        credentials: ["DIGITALOCEAN_TOKEN"],
        operatorKey: true,
      },
    });
    expect((await readVault(access)).recipients).toEqual([]);

    const said: string[] = [];
    const say = (line: string): void => void said.push(line);
    reportReplaced(change, { print: say, notice: say } as unknown as Terminal);
    const text = said.join("\n");
    expect(text).toContain(`removed ${shortId(colleague.recipient)}\n`);
    for (const step of [
      "claws keys rotate anthropic --agent a1",
      "claws vault credentials set DIGITALOCEAN_TOKEN",
      "claws operator init --replace",
      "older copies of the file, as in Git, stay open to them",
    ])
      expect(text).toContain(step);
    expect(text).not.toContain("canary");
  });

  it("has nothing to tell when it had a passphrase already", async () => {
    const access = await makeShared();
    await changePassphrase(access, silent, true);
    expect(await changePassphrase(access, silent, false)).toEqual({
      removed: [],
      seen: { keys: [], credentials: [], operatorKey: false },
    });
  });

  it("keeps recipients that somebody gave it while the passphrase was typed", async () => {
    const access = await makeShared();
    await changePassphrase(access, silent, true);
    const { identity, recipient } = await generateIdentity();
    const asOwner = { ...access, environment: { ...access.environment, CLAWS_AGE_KEY: identity.reveal() } };
    let asked = 0;
    const readPassphrase = async (): Promise<Sensitive> => {
      asked += 1;
      if (asked === 2) {
        const { setRecipients } = await import("../../cli/vaultRecipients.ts");
        await setRecipients(
          { ...asOwner, environment: { ...asOwner.environment }, readPassphrase: typed },
          [recipient],
          false,
        );
      }
      return await typed();
    };
    await expect(changePassphrase({ ...asOwner, readPassphrase }, silent, false)).rejects.toThrow(
      "the vault is opened with identities, not with a passphrase",
    );
    expect((await readVault(asOwner)).recipients).toEqual([recipient]);
  });
});
