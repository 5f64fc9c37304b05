// SPDX-License-Identifier: Apache-2.0
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../../cli/errors.ts";
import { followVault, type FollowedVault } from "../../../cli/remoteBroker/followVault.ts";
import type { VaultDocument } from "../../../cli/vaultDocument.ts";
import { Sensitive } from "../../../protocol/sensitive.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";

const folder = scratchFolder();
const path = (): string => join(folder(), "vault.age");

function documentOf(value: string, version: number): VaultDocument {
  const created = "2026-11-23T12:00:00.000Z";
  const key = { name: "anthropic", provider: "anthropic", agent: "ada", created, notAfter: null };
  return { recipients: [], keys: [{ ...key, version, value: Sensitive.from(value) }] };
}

interface Vault {
  document: VaultDocument | UserError;
  reads: number;
}

async function follow(vault: Vault): Promise<{ readonly followed: FollowedVault; readonly notices: string[] }> {
  const notices: string[] = [];
  await writeFile(path(), "one");
  const read = () => {
    vault.reads += 1;
    const { document } = vault;
    return document instanceof UserError ? Promise.reject(document) : Promise.resolve(document);
  };
  return { followed: await followVault({ path: path(), read, onNotice: (line) => notices.push(line) }), notices };
}

/** As every save of the vault does it. */
async function replaceFile(content: string): Promise<void> {
  await writeFile(`${path()}.new`, content);
  await rename(`${path()}.new`, path());
}

const values = ({ current }: FollowedVault) => current().map(({ value, version }) => `${version} ${value.reveal()}`);

describe("a followed vault", () => {
  it("is not read again while its file is the same", async () => {
    const vault = { document: documentOf("first", 1), reads: 0 };
    const { followed } = await follow(vault);
    await followed.refresh();
    expect({ values: values(followed), reads: vault.reads }).toEqual({ values: ["1 first"], reads: 1 });
  });

  it("gives the new keys after a save and overwrites the old ones", async () => {
    const vault: Vault = { document: documentOf("first", 1), reads: 0 };
    const { followed } = await follow(vault);
    const [old] = followed.current();
    vault.document = documentOf("second", 2);
    await replaceFile("two");
    await followed.refresh();
    expect(values(followed)).toEqual(["2 second"]);
    expect(old?.value.reveal()).toBe("\0".repeat(5));
  });

  it("is read once for all that ask at the same time", async () => {
    const vault: Vault = { document: documentOf("first", 1), reads: 0 };
    const { followed } = await follow(vault);
    vault.document = documentOf("second", 2);
    await replaceFile("two");
    await Promise.all([followed.refresh(), followed.refresh(), followed.refresh()]);
    expect({ values: values(followed), reads: vault.reads }).toEqual({ values: ["2 second"], reads: 2 });
  });

  it.each([
    ["damaged", () => replaceFile("garbage")],
    ["gone", () => rm(path())],
  ])("keeps the keys of before, says so once, and recovers when its file was %s", async (_how, damage) => {
    const vault: Vault = { document: documentOf("first", 1), reads: 0 };
    const { followed, notices } = await follow(vault);
    vault.document = new UserError("cannot open the vault");
    await damage();
    await followed.refresh();
    await followed.refresh();
    expect(values(followed)).toEqual(["1 first"]);
    expect(notices).toEqual(["cannot read the changed vault, the keys of before are lent on: cannot open the vault"]);
    vault.document = documentOf("third", 3);
    await replaceFile("three");
    await followed.refresh();
    expect(values(followed)).toEqual(["3 third"]);
  });

  it("does not open at all when it cannot be read at the start", async () => {
    await expect(follow({ document: new UserError("no identity"), reads: 0 })).rejects.toThrow("no identity");
  });

  it("forgets its keys when it is wiped", async () => {
    const { followed } = await follow({ document: documentOf("first", 1), reads: 0 });
    const [old] = followed.current();
    followed.wipe();
    expect({ left: followed.current(), value: old?.value.reveal() }).toEqual({ left: [], value: "\0".repeat(5) });
  });
});
