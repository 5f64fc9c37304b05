// SPDX-License-Identifier: Apache-2.0
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { createCipheriv, randomBytes } from "node:crypto";
import { AgeFailure } from "../../../protocol/age/ageFailure.ts";
import { decodeBech32, encodeBech32 } from "../../../protocol/age/bech32.ts";
import { decodeCanonicalBase64 } from "../../../protocol/age/canonicalBase64.ts";
import { open } from "../../../protocol/age/chachaPoly.ts";
import { parseHeader } from "../../../protocol/age/header.ts";
import {
  isX25519Identity,
  readX25519Identity,
  unwrapFileKey,
  x25519Stanzas,
  recipientText,
  x25519IdentityOf,
} from "../../../protocol/age/x25519Identity.ts";
import { Sensitive } from "../../../protocol/sensitive.ts";

const ALPHABET = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
const PREFIX = "AGE-SECRET-KEY-";

describe("canonical base64", () => {
  it("is what Node writes without padding, for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const text = Buffer.from(bytes).toString("base64").replace(/=+$/, "");
        expect(decodeCanonicalBase64(text)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it("is the only spelling: two texts never mean the same bytes", () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from("ABab01+/-_= \n\r")), maxLength: 8 });
    fc.assert(
      fc.property(text, (one) => {
        const bytes = decodeCanonicalBase64(one);
        fc.pre(bytes !== undefined);
        expect(bytes.toString("base64").replace(/=/g, "")).toBe(one);
      }),
    );
  });

  it.each(["A", "AB", "ABC=", "AA==", "QUI=", "QU I", "QUI\n", "QUIA\r", "-_-_", "AAAAA", "Ä", "=", "AAF"])(
    "is not %j",
    (text) => {
      expect(decodeCanonicalBase64(text)).toBeUndefined();
    },
  );
});

describe("an identity's text", () => {
  it("gives the same key as the age-encryption package finds in it", async () => {
    for (let run = 0; run < 20; run += 1) {
      const text = await generateX25519Identity();
      const { recipient } = readX25519Identity(Sensitive.from(text));
      const words = (await identityToRecipient(text)).toUpperCase();
      expect(decodeBech32(words, "AGE")).toEqual(recipient);
    }
  });

  it("is refused with any one character changed, doubled, dropped or in lower case", async () => {
    const text = await generateX25519Identity();
    const accepted: number[] = [];
    for (let at = 0; at < text.length; at += 1) {
      const [before, here, after] = [text.slice(0, at), text.charAt(at), text.slice(at + 1)];
      const others = Array.from(ALPHABET).filter((character) => character !== here);
      const wrong = [
        ...others.map((character) => before + character + after),
        before + after,
        before + here + here + after,
      ];
      if (here !== here.toLowerCase()) wrong.push(before + here.toLowerCase() + after);
      for (const one of wrong) {
        // Bech32 lets a Q be doubled before a last P; the length catches it.
        if (one !== text && decodeBech32(one, PREFIX)?.length === 32) accepted.push(at);
      }
    }
    expect(accepted).toEqual([]);
  });

  it.each([
    ["", "empty"],
    [PREFIX, "a prefix"],
    [`${PREFIX}1`, "a prefix with separator"],
    [`${PREFIX}1QQQQQQ`, "a checksum that is wrong"],
    [`AGE-SECRET-KEY-PQ-1${"Q".repeat(58)}`, "another prefix"],
  ])("is not %j: %s", (text) => {
    expect(decodeBech32(text, PREFIX)).toBeUndefined();
  });

  it("that cannot be read is refused without being shown", () => {
    const text = `${PREFIX}1${"Q".repeat(58)}`;
    let thrown: unknown;
    try {
      readX25519Identity(Sensitive.from(text));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(AgeFailure);
    expect(String(thrown)).toBe("AgeFailure: identity: its checksum is wrong");
  });

  it("tells plain identities from post-quantum ones", () => {
    expect(isX25519Identity(Sensitive.from(`${PREFIX}1QQQ`))).toBe(true);
    expect(isX25519Identity(Sensitive.from(`${PREFIX}PQ-1QQQ`))).toBe(false);
  });
});

describe("ChaCha20-Poly1305", () => {
  it("opens what was sealed with the same key and nonce, and nothing else", () => {
    const [key, nonce] = [randomBytes(32), randomBytes(12)];
    const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
    const sealed = Buffer.concat([cipher.update("text"), cipher.final(), cipher.getAuthTag()]);
    expect(open(key, nonce, sealed)?.toString()).toBe("text");
    expect(open(randomBytes(32), nonce, sealed)).toBeUndefined();
    expect(open(key, randomBytes(12), sealed)).toBeUndefined();
    for (let length = 0; length < sealed.length; length += 1)
      expect(open(key, nonce, sealed.subarray(0, length))).toBeUndefined();
  });
});

describe("a header", () => {
  const MAC = "A".repeat(43);
  const header = (...lines: readonly string[]): Buffer =>
    Buffer.from(lines.map((line) => `${line}\n`).join(""), "latin1");
  const parse = (...lines: readonly string[]) => parseHeader(header(...lines));
  const v1 = "age-encryption.org/v1";

  it("is read into stanzas, the bytes under the MAC, the MAC and its own length", () => {
    const full = "A".repeat(64);
    const file = header(
      v1,
      "-> X25519 abc",
      "AAAA",
      "-> joint a b ~!",
      full,
      full,
      "",
      "-> empty",
      "",
      `--- ${MAC}`,
      "payload",
    );
    const { stanzas, covered, mac, length } = parseHeader(file);
    expect(stanzas).toEqual([
      { type: "X25519", args: ["abc"], body: Buffer.alloc(3) },
      { type: "joint", args: ["a", "b", "~!"], body: Buffer.alloc(96) },
      { type: "empty", args: [], body: Buffer.alloc(0) },
    ]);
    expect(covered.toString("latin1")).toMatch(/\n---$/);
    expect(covered.length).toBe(length - 1 - 43 - 1);
    expect(mac).toEqual(Buffer.alloc(32));
    expect(file.subarray(length).toString()).toBe("payload\n");
  });

  it.each([
    ["another version", ["age-encryption.org/v2", "-> a", "", `--- ${MAC}`]],
    ["a version with a blank", [`${v1} `, "-> a", "", `--- ${MAC}`]],
    ["a carriage return", [`${v1}\r`, "-> a", "", `--- ${MAC}`]],
    ["no stanza", [v1, `--- ${MAC}`]],
    ["no MAC", [v1, "-> a", ""]],
    ["a MAC of another length", [v1, "-> a", "", `--- ${MAC}A`]],
    ["a MAC that is not canonical", [v1, "-> a", "", `--- ${MAC.slice(1)}B`]],
    ["a MAC with padding", [v1, "-> a", "", `--- ${MAC}=`]],
    ["a MAC without blank", [v1, "-> a", "", `---${MAC}`]],
    ["a stanza without type", [v1, "->", "", `--- ${MAC}`]],
    ["a stanza with two blanks", [v1, "-> a  b", "", `--- ${MAC}`]],
    ["a stanza with a blank at its end", [v1, "-> a ", "", `--- ${MAC}`]],
    ["a stanza with a character that is not ASCII", [v1, "-> \u00e4", "", `--- ${MAC}`]],
    ["a stanza with a control character", [v1, "-> a\u0007", "", `--- ${MAC}`]],
    ["a body without its last line", [v1, "-> a", "A".repeat(64), `--- ${MAC}`]],
    ["a body with a long line", [v1, "-> a", "A".repeat(68), "", `--- ${MAC}`]],
    ["a body of two short lines", [v1, "-> a", "AAAA", "AAAA", `--- ${MAC}`]],
    ["a body with padding", [v1, "-> a", "AA==", `--- ${MAC}`]],
    ["text between the stanzas", [v1, "-> a", "", "b", `--- ${MAC}`]],
  ])("with %s is refused", (_, lines) => {
    let thrown: unknown;
    try {
      parse(...lines);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ name: "AgeFailure", kind: "header" });
  });

  /** `header`, also for what is read when the parts have the lengths that belong together. */
  function lengthsOrKind(work: () => ReturnType<typeof parseHeader>): string {
    try {
      const { covered, length } = work();
      return covered.length === length - 45 ? "header" : "other lengths";
    } catch (error) {
      return error instanceof AgeFailure ? error.kind : "another error";
    }
  }

  it("has at most 1000 stanzas, which is known before any of them is tried", () => {
    const withStanzas = (count: number): Buffer =>
      Buffer.from(`age-encryption.org/v1\n${"-> x\n\n".repeat(count)}--- ${"A".repeat(43)}\n`);
    expect(parseHeader(withStanzas(1000)).stanzas).toHaveLength(1000);
    expect(() => parseHeader(withStanzas(1001))).toThrow(new AgeFailure("header", "there are too many stanzas"));
  });

  it("made of any bytes is read or refused as a header, never otherwise", () => {
    const line = fc.oneof(
      fc.constantFrom(v1, "-> X25519 a", "-> a", "", "AAAA", "A".repeat(64), `--- ${MAC}`, "---"),
      fc.string({ unit: "binary", maxLength: 20 }),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        expect(lengthsOrKind(() => parse(v1, ...lines))).toBe("header");
      }),
      { numRuns: 1000 },
    );
  });
});

describe("an X25519 stanza", () => {
  const share = randomBytes(32).toString("base64").replace(/=+$/, "");
  const body = Buffer.alloc(32);

  it("is taken from among all, whatever the others are", () => {
    const stanzas = [
      { type: "x25519", args: [], body },
      { type: "X25519", args: [share], body },
      { type: "scrypt", args: ["a", "b"], body },
    ];
    expect(x25519Stanzas(stanzas)).toEqual([{ share: Buffer.from(share, "base64"), sealedFileKey: body }]);
  });

  it.each([
    ["no share", { type: "X25519", args: [], body }],
    ["two arguments", { type: "X25519", args: [share, share], body }],
    ["a share that is too short", { type: "X25519", args: [share.slice(4)], body }],
    ["a share with padding", { type: "X25519", args: [`${share}=`], body }],
    ["a file key that is too short", { type: "X25519", args: [share], body: Buffer.alloc(31) }],
    ["a file key that is too long", { type: "X25519", args: [share], body: Buffer.alloc(33) }],
  ])("with %s voids the file, even beside a good one", (_, stanza) => {
    expect(() => x25519Stanzas([{ type: "X25519", args: [share], body }, stanza])).toThrow(AgeFailure);
  });

  it.each([
    ["zero", Buffer.alloc(32)],
    ["one", Buffer.from([1, ...Buffer.alloc(31)])],
    ["the prime", Buffer.from(`ed${"ff".repeat(30)}7f`, "hex")],
    ["a point of order eight", Buffer.from("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", "hex")],
  ])("whose share is %s, which would make the secret known, is refused", async (_, low) => {
    const identity = readX25519Identity(Sensitive.from(await generateX25519Identity()));
    expect(() => unwrapFileKey(identity, { share: low, sealedFileKey: body })).toThrow("low order");
  });
});

describe("an identity made here", () => {
  it("has the recipient that the age-encryption package gives to the same secret", async () => {
    for (let run = 0; run < 10; run += 1) {
      const scalar = randomBytes(32);
      const text = encodeBech32(scalar, "AGE-SECRET-KEY-");
      expect(recipientText(x25519IdentityOf(scalar))).toBe(await identityToRecipient(text));
      expect(recipientText(readX25519Identity(Sensitive.from(text)))).toBe(await identityToRecipient(text));
    }
  });

  it("is made of 32 bytes, which it leaves to its caller to wipe", () => {
    const scalar = randomBytes(32);
    const before = Buffer.from(scalar);
    x25519IdentityOf(scalar);

    expect(scalar.equals(before)).toBe(true);
    for (const length of [0, 31, 33])
      expect(() => x25519IdentityOf(Buffer.alloc(length))).toThrow("identity: it has another length");
  });
});

describe("bech32", () => {
  it("is read back as it was written, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(decodeBech32(encodeBech32(bytes, PREFIX), PREFIX)).toEqual(Buffer.from(bytes));
      }),
    );
  });
});
