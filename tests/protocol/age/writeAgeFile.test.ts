// SPDX-License-Identifier: Apache-2.0
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { randomBytes } from "node:crypto";
import { AgeFailure } from "../../../protocol/age/ageFailure.ts";
import { parseHeader } from "../../../protocol/age/header.ts";
import { readAgeFile, readWithFileKey } from "../../../protocol/age/readAgeFile.ts";
import { PassphraseIdentity } from "../../../protocol/age/scryptStanza.ts";
import { writeAgeFile } from "../../../protocol/age/writeAgeFile.ts";
import { readX25519Identity } from "../../../protocol/age/x25519Identity.ts";
import { readX25519Recipient, wrapForX25519 } from "../../../protocol/age/x25519Recipient.ts";
import { Sensitive } from "../../../protocol/sensitive.ts";

const CHUNK = 64 * 1024;
const identity = await generateX25519Identity();
const other = await generateX25519Identity();
const [recipient, otherRecipient] = await Promise.all(
  [identity, other].map(async (one) => readX25519Recipient(await identityToRecipient(one)) ?? Buffer.alloc(0)),
);

function fileFor(content: Uint8Array, ...recipients: readonly (Buffer | undefined)[]): Buffer {
  return writeAgeFile((key) => recipients.map((one) => wrapForX25519(one ?? Buffer.alloc(0), key)), content);
}

async function theirs(file: Uint8Array, key: string): Promise<Buffer> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(key);
  return Buffer.from(await decrypter.decrypt(file));
}

describe("a file that we write", () => {
  it.each([0, 1, 47, 48, 49, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])(
    "of %i bytes is read by the age-encryption package and by us",
    async (size) => {
      const content = randomBytes(size);
      const file = fileFor(content, recipient);
      expect((await theirs(file, identity)).equals(content)).toBe(true);
      expect(readAgeFile([readX25519Identity(Sensitive.from(identity))], file).equals(content)).toBe(true);
    },
  );

  it("opens for each of its recipients", async () => {
    const file = fileFor(Buffer.from("for two"), recipient, otherRecipient);
    expect((await theirs(file, identity)).toString()).toBe("for two");
    expect((await theirs(file, other)).toString()).toBe("for two");
    expect(parseHeader(file).stanzas.map(({ type }) => type)).toEqual(["X25519", "X25519"]);
  });

  it("shares no byte of key, share or nonce with the next one", () => {
    const [one, two] = [fileFor(Buffer.from("x"), recipient), fileFor(Buffer.from("x"), recipient)];
    const parts = (file: Buffer): readonly string[] => {
      const { stanzas, mac, length } = parseHeader(file);
      return [stanzas[0]?.args[0] ?? "", stanzas[0]?.body.toString("hex") ?? "", mac.toString("hex")].concat(
        file.subarray(length, length + 16).toString("hex"),
      );
    };
    for (const [index, part] of parts(one).entries()) expect(part).not.toBe(parts(two)[index]);
  });

  it("ends a stanza's body of whole lines with an empty line, whatever its length", () => {
    fc.assert(
      fc.property(fc.nat(200), (length) => {
        const body = Buffer.alloc(length, 1);
        let fileKey = Buffer.alloc(0);
        const file = writeAgeFile((key) => {
          fileKey = Buffer.from(key);
          return [{ type: "grease", args: ["a", "b"], body }];
        }, Buffer.from("content"));
        const header = parseHeader(file);
        expect(header.stanzas).toEqual([{ type: "grease", args: ["a", "b"], body }]);
        expect(readWithFileKey(fileKey, header, file).toString()).toBe("content");
      }),
    );
  });
});

describe("a recipient's text", () => {
  it("is read as the age-encryption package writes it, and in no other spelling", async () => {
    const text = await identityToRecipient(identity);
    expect(readX25519Recipient(text)).toEqual(readX25519Identity(Sensitive.from(identity)).recipient);
    const last = text.endsWith("q") ? "p" : "q";
    for (const wrong of [text.toUpperCase(), `${text}q`, text.slice(0, -1), `${text.slice(0, -1)}${last}`, "", "age1"])
      expect(readX25519Recipient(wrong)).toBeUndefined();
    expect(readX25519Recipient(text.replace("age1", "Age1"))).toBeUndefined();
  });

  it("of low order wraps nothing: anybody could unwrap it", () => {
    for (const point of [Buffer.alloc(32), Buffer.from([1, ...Buffer.alloc(31)])])
      expect(() => wrapForX25519(point, randomBytes(16))).toThrow(AgeFailure);
  });
});

describe("a file for a passphrase", () => {
  const passphrase = new PassphraseIdentity(Sensitive.from("correct horse battery staple"));
  const low = (content: string): Buffer =>
    writeAgeFile((key) => [passphrase.wrapFileKey(key, 10)], Buffer.from(content));

  it("is read by the age-encryption package", async () => {
    const decrypter = new Decrypter();
    decrypter.addPassphrase("correct horse battery staple");
    expect(Buffer.from(await decrypter.decrypt(low("content"))).toString()).toBe("content");
  });

  it("is read by us when that package wrote it", async () => {
    const encrypter = new Encrypter();
    encrypter.setPassphrase("correct horse battery staple");
    encrypter.setScryptWorkFactor(11);
    const file = Buffer.from(await encrypter.encrypt("theirs"));
    const header = parseHeader(file);
    const fileKey = passphrase.unwrapFileKey(header.stanzas);
    expect(readWithFileKey(fileKey ?? Buffer.alloc(16), header, file).toString()).toBe("theirs");
  });

  it("has work factor 18 unless told otherwise, and a salt of its own", () => {
    const [one, two] = [passphrase.wrapFileKey(randomBytes(16)), passphrase.wrapFileKey(randomBytes(16), 10)];
    expect([one.args[1], two.args[1]]).toEqual(["18", "10"]);
    expect(one.args[0]).not.toBe(two.args[0]);
  });

  it("stays closed for another passphrase, and for one that was not asked", () => {
    const { stanzas } = parseHeader(low("content"));
    expect(new PassphraseIdentity(Sensitive.from("another")).unwrapFileKey(stanzas)).toBeUndefined();
    expect(passphrase.unwrapFileKey([])).toBeUndefined();
    expect(passphrase.fresh().unwrapFileKey(stanzas)).toHaveLength(16);
  });

  it("can be unwrapped twice: what is remembered is not wiped", () => {
    const { stanzas } = parseHeader(low("content"));
    const same = passphrase.unwrapFileKey(stanzas)?.toString("hex");
    expect(same).toHaveLength(32);
    expect(passphrase.unwrapFileKey(stanzas)?.toString("hex")).toBe(same);
  });
});
