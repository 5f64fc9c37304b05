// SPDX-License-Identifier: Apache-2.0
import { armor } from "age-encryption";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encryptFor, generateIdentity, recipientOf } from "../../cli/ageFile.ts";
import { findIdentities, type ReadPassphrase } from "../../cli/identities.ts";
import { PassphraseIdentity } from "../../protocol/age/scryptStanza.ts";
import { writeAgeFile } from "../../protocol/age/writeAgeFile.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const PASSPHRASE = "passphrase of the file";
const [first, second] = await Promise.all([generateIdentity(), generateIdentity()]);
const text = `# both\r\n\r\n${first.identity.reveal()}\r\n${second.identity.reveal()}\r\n`;

function encrypted(content: string): Buffer {
  const passphrase = new PassphraseIdentity(Sensitive.from(PASSPHRASE));
  // As cheap as the format allows: the work is measured elsewhere.
  return writeAgeFile((key) => [passphrase.wrapFileKey(key, 4)], Buffer.from(content));
}

async function put(content: string | Uint8Array): Promise<string> {
  const path = join(folder(), "identity.age");
  await writeFile(path, content, { mode: 0o600 });
  return path;
}

function typing(passphrase: string): { readonly read: ReadPassphrase; readonly asked: string[] } {
  const asked: string[] = [];
  const read = (prompt: string): Promise<Sensitive> => {
    asked.push(prompt);
    return Promise.resolve(Sensitive.from(passphrase));
  };
  return { read, asked };
}

async function recipientsIn(environment: Record<string, string>, read?: ReadPassphrase): Promise<readonly string[]> {
  const found = await findIdentities(environment, read);
  return await Promise.all((found?.identities ?? []).map(recipientOf));
}

describe("an encrypted identity file", () => {
  it.each([
    ["binary", () => encrypted(text)],
    ["armored", () => armor.encode(encrypted(text))],
    ["armored with CRLF", () => armor.encode(encrypted(text)).replaceAll("\n", "\r\n")],
  ])("that is %s opens with its passphrase, and all of its identities are there", async (_, content) => {
    const path = await put(content());
    const { read, asked } = typing(PASSPHRASE);
    expect(await recipientsIn({ CLAWS_AGE_KEY_FILE: path }, read)).toEqual([first.recipient, second.recipient]);
    expect(asked).toEqual([`passphrase of the identity file "${path}"`]);
  });

  it("is asked for once in a process", async () => {
    const environment = { CLAWS_AGE_KEY_FILE: await put(encrypted(text)) };
    const { read, asked } = typing(PASSPHRASE);
    for (let times = 0; times < 3; times += 1) await recipientsIn(environment, read);
    expect(asked).toHaveLength(1);
  });

  it("may come from a command or stand in the variable", async () => {
    const path = await put(armor.encode(encrypted(text)));
    const { read } = typing(PASSPHRASE);
    expect(await recipientsIn({ CLAWS_AGE_KEY_CMD: `cat '${path}'` }, read)).toHaveLength(2);
    expect(await recipientsIn({ CLAWS_AGE_KEY: armor.encode(encrypted(text)) }, read)).toHaveLength(2);
  });

  it("is named when the passphrase is wrong", async () => {
    const path = await put(encrypted(text));
    await expect(recipientsIn({ CLAWS_AGE_KEY_FILE: path }, typing("another").read)).rejects.toThrow(
      `cannot open the identity file "${path}": the passphrase is wrong`,
    );
  });

  it("is named, with the way round, when nobody can be asked", async () => {
    const path = await put(encrypted(text));
    await expect(recipientsIn({ CLAWS_AGE_KEY_FILE: path })).rejects.toMatchObject({
      message: `cannot open the identity file "${path}": it is encrypted, and its passphrase cannot be asked for here`,
      hints: [`decrypt it when needed: CLAWS_AGE_KEY_CMD='age --decrypt "${path}"'`],
    });
  });

  it("is refused when it is for recipients, damaged, or holds something else", async () => {
    const { read, asked } = typing(PASSPHRASE);
    const forOthers = await put(await encryptFor([first.recipient], text));
    await expect(recipientsIn({ CLAWS_AGE_KEY_FILE: forOthers }, read)).rejects.toThrow(
      "it is encrypted for recipients, not with a passphrase",
    );
    expect(asked).toEqual([]);
    const cutOff = await put(encrypted(text).subarray(0, -1));
    await expect(recipientsIn({ CLAWS_AGE_KEY_FILE: cutOff }, read)).rejects.toThrow("it is damaged or cut off");
    const other = await put(encrypted("hunter2"));
    const error: unknown = await recipientsIn({ CLAWS_AGE_KEY_FILE: other }, read).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(`cannot read "${other}": line 1 is not an age identity`);
    expect(String(error)).not.toContain("hunter2");
  });
});
