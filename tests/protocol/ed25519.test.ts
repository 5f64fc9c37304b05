// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { generateKeyPairSync } from "node:crypto";
import { isBase64Url, readBase64Url } from "../../protocol/base64url.ts";
import { isSignedBy, privateKeyOfSeed, publicKeyOf, readPublicKey, signText } from "../../protocol/ed25519.ts";

const seed = (byte: number): Buffer => Buffer.alloc(32, byte);
const own = privateKeyOfSeed(seed(1));
const other = privateKeyOfSeed(seed(2));

describe("base64url", () => {
  it("is what Node writes, for any bytes, and counts them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(80), (bytes, length) => {
        const text = Buffer.from(bytes).toString("base64url");
        expect(isBase64Url(text, length)).toBe(bytes.length === length);
      }),
    );
  });

  it("has one spelling for each value", () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from("AQgw+/-_= \n")), minLength: 3, maxLength: 4 });
    fc.assert(
      fc.property(text, (one) => {
        fc.pre(isBase64Url(one, 2));
        expect(Buffer.from(one, "base64url").toString("base64url")).toBe(one);
      }),
      { numRuns: 1000 },
    );
  });

  it.each(["AA=", "AB", "A A", "+/", "AAA", "", 1, null, ["AA"]])("of one byte is not %j", (value) => {
    expect(() => readBase64Url(1)(value, "key")).toThrow('cannot read "key": it must be base64url of 1 bytes');
  });
});

describe("Ed25519", () => {
  it("gives the public key and the signature of the standard's first test", () => {
    const key = privateKeyOfSeed(
      Buffer.from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "hex"),
    );

    expect(Buffer.from(publicKeyOf(key), "base64url").toString("hex")).toBe(
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    );
    expect(Buffer.from(signText(key, ""), "base64url").toString("hex")).toBe(
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    );
  });

  it("knows its own signatures and no others, for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (text, another) => {
        const signature = signText(own, text);
        expect(isSignedBy(publicKeyOf(own), text, signature)).toBe(true);
        expect(isSignedBy(publicKeyOf(other), text, signature)).toBe(false);
        fc.pre(text !== another);
        expect(isSignedBy(publicKeyOf(own), another, signature)).toBe(false);
      }),
    );
  });

  it("refuses a signature with any bit changed, or cut off, or written otherwise", () => {
    const signature = Buffer.from(signText(own, "text"), "base64url");
    for (let bit = 0; bit < 512; bit += 1) {
      const changed = Buffer.from(signature);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(isSignedBy(publicKeyOf(own), "text", changed.toString("base64url"))).toBe(false);
    }
    const spellings = [
      "",
      signature.toString("base64"),
      signature.toString("hex"),
      signature.subarray(1).toString("base64url"),
    ];
    expect(spellings.map((one) => isSignedBy(publicKeyOf(own), "text", one))).toEqual([false, false, false, false]);
  });

  it.each(["", "AA", "=".repeat(43), "A".repeat(44)])("takes %j for no public key", (text) => {
    expect(isSignedBy(text, "text", signText(own, "text"))).toBe(false);
    expect(() => readPublicKey(text, "k")).toThrow('cannot read "k"');
  });

  it("makes no key of a seed of another length", () => {
    for (const length of [0, 31, 33, 64])
      expect(() => privateKeyOfSeed(Buffer.alloc(length))).toThrow("must have 32 bytes");
  });

  it("writes the public key of any other maker's private key", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");

    expect(publicKeyOf(privateKey)).toBe(publicKey.export({ format: "jwk" }).x);
  });
});
