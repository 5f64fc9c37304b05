// SPDX-License-Identifier: Apache-2.0
import { createHmac } from "node:crypto";
import { isIdentityOf, proveIdentity, readDropletIdentity, readEnrolment } from "../../protocol/dropletIdentity.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

const bytes = (byte: number): Buffer => Buffer.alloc(32, byte);
const text = (byte: number): string => bytes(byte).toString("base64url");
const enrolment = (): Sensitive => Sensitive.from(text(3));
const publicKey = text(5);

describe("the proof of an identity", () => {
  it("is an HMAC over host name and public key under the secret's bytes", () => {
    const expected = createHmac("sha256", bytes(3))
      .update(`office-claws identity v1\na1\n${publicKey}`)
      .digest("base64url");

    expect(proveIdentity(enrolment(), "a1", publicKey)).toBe(expected);
  });

  it("holds for this secret, this host and this key only", () => {
    const identity = { publicKey, proof: proveIdentity(enrolment(), "a1", publicKey) };

    expect(isIdentityOf(identity, enrolment(), "a1")).toBe(true);
    expect(isIdentityOf(identity, enrolment(), "a2")).toBe(false);
    expect(isIdentityOf(identity, Sensitive.from(text(4)), "a1")).toBe(false);
    expect(isIdentityOf({ ...identity, publicKey: text(6) }, enrolment(), "a1")).toBe(false);
    for (const proof of ["", text(0), identity.proof.slice(1), `${identity.proof}A`])
      expect(isIdentityOf({ ...identity, proof }, enrolment(), "a1")).toBe(false);
  });

  it("cannot be moved between host name and key", () => {
    // A line feed cannot be in a host name; were it there, another split of the same text would be the same proof.
    expect(proveIdentity(enrolment(), "a1", `x\n${publicKey}`)).toBe(proveIdentity(enrolment(), "a1\nx", publicKey));
    expect(() => readDropletIdentity({ publicKey: `x\n${publicKey}`, proof: text(1) }, "")).toThrow('"publicKey"');
  });
});

describe("readDropletIdentity", () => {
  it("takes a key and a proof, and nothing else", () => {
    const good = { publicKey, proof: text(1) };
    expect(readDropletIdentity(good, "identity")).toEqual(good);
    for (const bad of [{ publicKey }, { ...good, proof: "AA" }, { ...good, privateKey: "x" }, null, []])
      expect(() => readDropletIdentity(bad, "identity")).toThrow("cannot read");
  });
});

describe("readEnrolment", () => {
  it("takes a secret of 32 bytes that is unprintable already", () => {
    expect(readEnrolment(enrolment(), "enrolment").reveal()).toBe(text(3));
  });

  it.each([
    text(3),
    Sensitive.from(""),
    Sensitive.from(`${text(3)}=`),
    Sensitive.from("é".repeat(43)),
    Sensitive.from("B".repeat(43)),
    null,
  ])("refuses what is none (%#) without quoting it", (value) => {
    expect(() => readEnrolment(value, "enrolment")).toThrow(
      'cannot read "enrolment": it must be base64url of 32 bytes',
    );
  });
});
