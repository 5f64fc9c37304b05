// SPDX-License-Identifier: Apache-2.0
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withoutIdentities } from "../../cli/environment.ts";
import { createVault, readVault, updateVault } from "../../cli/vault.ts";
import { findVaultPassphrase, keysOf, passphraseFromCommand } from "../../cli/vaultPassphrase.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const PASSPHRASE = "correct horse battery staple";
const X25519 = `-> X25519 ${"A".repeat(43)}`;

function asking(passphrase = PASSPHRASE): {
  readonly readPassphrase: () => Promise<Sensitive>;
  readonly asked: () => number;
} {
  let count = 0;
  const readPassphrase = (): Promise<Sensitive> => {
    count += 1;
    return Promise.resolve(Sensitive.from(passphrase));
  };
  return { readPassphrase, asked: () => count };
}

async function revealed(
  environment: Record<string, string>,
  readPassphrase?: () => Promise<Sensitive>,
): Promise<string> {
  const door = { path: join(folder(), "vault.age"), environment: { HOME: folder(), ...environment }, readPassphrase };
  const { passphrase, source } = await findVaultPassphrase(door);
  return `${passphrase?.passphrase.reveal() ?? ""} from ${source}`;
}

describe("the passphrase of a vault", () => {
  it("comes from the command before the terminal is asked", async () => {
    const { readPassphrase, asked } = asking();
    const command = { CLAWS_VAULT_PASSPHRASE_CMD: "echo from the command" };
    expect(await revealed(command, readPassphrase)).toBe("from the command from CLAWS_VAULT_PASSPHRASE_CMD");
    expect(asked()).toBe(0);
    expect(await revealed({}, readPassphrase)).toBe(`${PASSPHRASE} from the terminal`);
    expect(asked()).toBe(1);
  });

  it.each([
    ["printf 'x y'", "x y"],
    ["printf 'x y\\n'", "x y"],
    ["printf 'x y\\r\\n'", "x y"],
    ["printf ' x \\n'", " x "],
  ])("is what %j prints without its last line break", async (command, text) => {
    expect((await passphraseFromCommand({ CLAWS_VAULT_PASSPHRASE_CMD: command }))?.reveal()).toBe(text);
  });

  it("is refused when it is empty, of several lines or too long, without being shown", () => {
    expect(() => keysOf(Sensitive.from(""), "here")).toThrow(/^the passphrase from here is empty$/);
    for (const text of ["a\nb", "a\u0000b", "x".repeat(1025)])
      expect(() => keysOf(Sensitive.from(text), "here")).toThrow(
        /^the passphrase from here must be one line of at most 1024 bytes$/,
      );
  });

  it("is refused when it is no UTF-8: another broken one would open the same vault, and the age command would not", () => {
    const broken = (byte: number): Sensitive => Sensitive.from(Buffer.from([0x70, byte, 0x71]));
    for (const byte of [0xff, 0xfe, 0xc3])
      expect(() => keysOf(broken(byte), "test")).toThrow("the passphrase from test is no UTF-8 text");
    expect(keysOf(Sensitive.from("p\ufffdq"), "test").passphrase?.passphrase.reveal()).toBe("p\ufffdq");
  });

  it.each([
    [
      "wants more work than any honest one",
      ["-> scrypt AAAAAAAAAAAAAAAAAAAAAA 21"],
      "its passphrase's work factor is above 20",
    ],
    ["is for recipients, too", [X25519, "-> scrypt AAAAAAAAAAAAAAAAAAAAAA 18"], "it is damaged or cut off"],
    [
      "is for two passphrases",
      Array<string>(2).fill("-> scrypt AAAAAAAAAAAAAAAAAAAAAA 18"),
      "it is damaged or cut off",
    ],
    ["has a broken stanza", ["-> scrypt AAAA 18"], "it is damaged or cut off"],
  ])("is not asked for when the file %s", async (_, stanzas, cause) => {
    const path = join(folder(), "vault.age");
    const body = stanzas.map((stanza) => `${stanza}\n${"A".repeat(43)}\n`).join("");
    await writeFile(path, `age-encryption.org/v1\n${body}--- ${"A".repeat(43)}\n`, { mode: 0o600 });
    const { readPassphrase, asked } = asking();
    await expect(readVault({ path, environment: { HOME: folder() }, readPassphrase })).rejects.toThrow(cause);
    expect(asked()).toBe(0);
  });

  it("is asked for once for all that one process does, copies of the vault among it", async () => {
    const { readPassphrase, asked } = asking();
    const path = join(folder(), "vault.age");
    await createVault(path, { recipients: [], keys: [] }, keysOf(Sensitive.from(PASSPHRASE), "test"));
    const access = { path, environment: { HOME: folder() }, readPassphrase };
    await readVault(access);
    await updateVault(access, (document) => document);
    await copyFile(path, join(folder(), "copy.age"));
    await readVault({ ...access, path: join(folder(), "copy.age") });
    expect(asked()).toBe(1);
  });

  it("does not reach the programs that the owner runs with the vault's credentials, nor does what finds it", () => {
    const environment = { CLAWS_VAULT_PASSPHRASE_CMD: "x", CLAWS_VAULT_PASSPHRASE: "y", CLAWS_AGE_KEY: "z", PATH: "p" };
    expect(withoutIdentities(environment)).toEqual({ PATH: "p" });
  });

  it("does not open a vault whose document is for recipients, for writing: it would lock them out or let others in", async () => {
    const path = join(folder(), "vault.age");
    const { encryptForPassphrase, generateIdentity } = await import("../../cli/ageFile.ts");
    const { renderVaultDocument } = await import("../../cli/vaultDocument.ts");
    const { recipient } = await generateIdentity();
    const { passphrase } = keysOf(Sensitive.from(PASSPHRASE), "test");
    if (passphrase === undefined) throw new Error("no passphrase");
    // Somebody has put the document of a vault for recipients under a passphrase by hand.
    const bytes = encryptForPassphrase(passphrase, renderVaultDocument({ recipients: [recipient], keys: [] }));
    await writeFile(path, bytes, { mode: 0o600 });
    const access = { path, environment: { HOME: folder() }, ...asking() };
    expect((await readVault(access)).recipients).toEqual([recipient]);
    await expect(updateVault(access, (document) => document)).rejects.toThrow("refusing to write the vault");
  });
});
