// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { createHash } from "node:crypto";
import {
  parseSealedEnvelope,
  parseSealedPut,
  renderSealedEnvelope,
  renderSealedPut,
  sealedPutText,
} from "../../protocol/sealedPut.ts";
import { isSealSigned, parseSealReply, sealText } from "../../protocol/sealReply.ts";
import { privateKeyOfSeed, publicKeyOf, signText } from "../../protocol/ed25519.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const base64url = (length: number): string => Buffer.alloc(length, 7).toString("base64url");
const SEALED = {
  operator: base64url(32),
  signature: base64url(64),
  envelope: Buffer.from("age file").toString("base64"),
};
const ENVELOPE = {
  officeClaws: 1,
  nodeId: "nAGENT",
  bootId: "a".repeat(32),
  nonce: base64url(16),
  put: { name: "openai", provider: "openai", version: 1, value: "sk-canary" },
} as const;
const SEAL = {
  officeClaws: 1,
  nodeId: "nAGENT",
  bootId: "a".repeat(32),
  recipient: `age1${"q".repeat(58)}`,
  nonce: base64url(16),
  identity: { publicKey: base64url(32), proof: base64url(32) },
  signature: base64url(64),
} as const;

describe("a sealed put", () => {
  it("is read back as it was written, whatever the ciphertext", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
        const put = { ...SEALED, envelope: Buffer.from(bytes) };
        expect(parseSealedPut(renderSealedPut(put))).toEqual(put);
      }),
    );
  });

  it.each([
    ["no operator", { ...SEALED, operator: undefined }],
    ["a signature of another length", { ...SEALED, signature: base64url(63) }],
    ["an empty envelope", { ...SEALED, envelope: "" }],
    ["an envelope with other characters", { ...SEALED, envelope: "!!!!" }],
    ["an envelope without padding", { ...SEALED, envelope: "YQ" }],
    ["an envelope that is too long", { ...SEALED, envelope: Buffer.alloc(32 * 1024 + 1).toString("base64") }],
    ["an envelope in a list", { ...SEALED, envelope: [SEALED.envelope] }],
    ["another member", { ...SEALED, value: "sk" }],
    ["a list", [SEALED]],
  ])("is refused with %s", (_name, body) => {
    expect(() => parseSealedPut(json(body))).toThrow("cannot read");
  });

  it("is signed by the hash of its whole ciphertext", () => {
    expect(sealedPutText(Buffer.from("x"))).toBe(
      `office-claws put v1\n${createHash("sha256").update("x").digest("hex")}`,
    );
  });
});

describe("the inside of a sealed put", () => {
  it("is read back as it was written, with its value unprintable", () => {
    const put = { ...ENVELOPE.put, value: Sensitive.from("sk-canary"), limits: { tokensPerDay: 4 } };
    const read = parseSealedEnvelope(renderSealedEnvelope({ ...ENVELOPE, put }));

    expect(read.put.value.reveal()).toBe("sk-canary");
    expect(JSON.stringify(read)).not.toContain("canary");
    expect(JSON.parse(JSON.stringify(read))).toEqual({
      ...ENVELOPE,
      put: { ...ENVELOPE.put, value: "[REDACTED]", limits: { tokensPerDay: 4 } },
    });
  });

  it("is refused by its sender as by the daemon", () => {
    const put = { ...ENVELOPE.put, value: Sensitive.from("a b") };

    expect(() => renderSealedEnvelope({ ...ENVELOPE, put })).toThrow('cannot read "put.value"');
    expect(() =>
      renderSealedEnvelope({ ...ENVELOPE, bootId: "x", put: { ...put, value: Sensitive.from("a") } }),
    ).toThrow('"bootId"');
  });

  it.each(Object.keys(ENVELOPE))("is refused without %s", (member) => {
    expect(() => parseSealedEnvelope(json({ ...ENVELOPE, [member]: undefined }))).toThrow(`"${member}"`);
  });

  it("is refused with a member named twice, in it or in its put", () => {
    const text = JSON.stringify(ENVELOPE);
    for (const twice of [text.replace("{", '{"bootId":"x",'), text.replace('"put":{', '"put":{"value":"x",')])
      expect(() => parseSealedEnvelope(Buffer.from(twice))).toThrow("must not name a member twice");
  });

  it("never fails with the value in the message", () => {
    fc.assert(
      fc.property(fc.constantFrom("value", "name", "provider", "version"), fc.jsonValue(), (member, value) => {
        const text = JSON.stringify({ ...ENVELOPE, put: { ...ENVELOPE.put, [member]: value, extra: 1 } });
        expect(() => parseSealedEnvelope(Buffer.from(text))).toThrow(/^(?!.*canary)/);
      }),
    );
  });
});

describe("a seal", () => {
  it("is read as it is, with and without an identity", () => {
    expect(parseSealReply(json(SEAL))).toEqual(SEAL);
    const bare = { ...SEAL, identity: null, signature: null };
    expect(parseSealReply(json(bare))).toEqual(bare);
  });

  it.each([
    { officeClaws: 2 },
    { nodeId: "" },
    { bootId: "A".repeat(32) },
    { recipient: `age1${"b".repeat(58)}` },
    { recipient: `AGE1${"Q".repeat(58)}` },
    { recipient: `age1pq1${"q".repeat(55)}` },
    { recipient: `age1${"q".repeat(59)}` },
    { nonce: base64url(15) },
    { identity: undefined },
    { identity: {} },
    { signature: "" },
    { extra: 1 },
  ])("is refused with %j", (change) => {
    expect(() => parseSealReply(json({ ...SEAL, ...change }))).toThrow("cannot read");
  });

  it("is signed over all that a push rests on, line by line", () => {
    expect(sealText(SEAL)).toBe(`office-claws seal v1\nnAGENT\n${"a".repeat(32)}\n${SEAL.recipient}\n${SEAL.nonce}`);
    const key = privateKeyOfSeed(Buffer.alloc(32, 1));
    const signed = {
      ...SEAL,
      identity: { ...SEAL.identity, publicKey: publicKeyOf(key) },
      signature: signText(key, sealText(SEAL)),
    };

    expect([isSealSigned(signed), isSealSigned(SEAL)]).toEqual([true, false]);
    expect(isSealSigned({ ...signed, nonce: base64url(16).replace("B", "C") })).toBe(false);
  });
});
