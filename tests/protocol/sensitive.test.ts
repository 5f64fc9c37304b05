// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { createHmac } from "node:crypto";
import { format, inspect } from "node:util";
import { Sensitive } from "../../protocol/sensitive.ts";

const SECRET = "sk-canary-0123456789";

describe("Sensitive", () => {
  it.each<[string, (secret: Sensitive) => string]>([
    ["String()", (secret) => String(secret)],
    ["a template", (secret) => `key=${secret as unknown as string}`],
    ["concatenation", (secret) => "key=" + (secret as unknown as string)],
    ["toString", (secret) => secret.toString()],
    ["JSON.stringify", (secret) => JSON.stringify(secret)],
    ["JSON.stringify of a holder", (secret) => JSON.stringify({ deep: [{ secret }] })],
    ["util.inspect", (secret) => inspect(secret)],
    ["util.inspect with hidden members", (secret) => inspect({ secret }, { showHidden: true, depth: 9 })],
    ["util.format %s", (secret) => format("%s", secret)],
    ["util.format %j", (secret) => format("%j", secret)],
    ["util.format %o", (secret) => format("%o", secret)],
    ["an error's cause", (secret) => inspect(new Error("failed", { cause: secret }))],
    ["an error's message", (secret) => String(new Error(secret as unknown as string))],
    ["an array's join", (secret) => [secret].join()],
  ])("prints [REDACTED] through %s", (_name, print) => {
    const text = print(Sensitive.from(SECRET));

    expect(text).toContain("[REDACTED]");
    expect(text).not.toContain("canary");
    expect(text).not.toContain(Buffer.from("canary").toString("hex"));
  });

  it("has no enumerable or own member that holds the bytes", () => {
    const secret = Sensitive.from(SECRET);

    expect(Reflect.ownKeys(secret)).toEqual([]);
    expect(structuredClone(secret)).toEqual({});
  });

  it("reveals what it was made from, text or bytes", () => {
    expect(Sensitive.from(SECRET).reveal()).toBe(SECRET);
    expect(Sensitive.from(Buffer.from(SECRET)).reveal()).toBe(SECRET);
    expect(Sensitive.from("schlüssel").byteLength).toBe(10);
  });

  it("keeps its own copy, untouched when the source changes", () => {
    const source = Buffer.from(SECRET);
    const secret = Sensitive.from(source);
    source.fill(0);

    expect(secret.reveal()).toBe(SECRET);
  });

  it("holds zeros after a wipe, while a copy keeps the value", () => {
    const secret = Sensitive.from(SECRET);
    const copy = secret.copy();
    secret.wipe();

    expect(secret.reveal()).toBe("\0".repeat(SECRET.length));
    expect(copy.reveal()).toBe(SECRET);
  });

  it("is equal to the same bytes only", () => {
    const secret = Sensitive.from(SECRET);

    expect(secret.equals(Sensitive.from(SECRET))).toBe(true);
    expect(secret.equals(Sensitive.from(`${SECRET}x`))).toBe(false);
    expect(secret.equals(Sensitive.from(SECRET.replace("9", "8")))).toBe(false);
    expect(secret.equals(Sensitive.from(""))).toBe(false);
  });

  it("has a fingerprint that depends on the key and is the start of an HMAC", () => {
    const secret = Sensitive.from(SECRET);
    const key = Buffer.alloc(32, 7);

    expect(secret.fingerprint(key)).toBe(createHmac("sha256", key).update(SECRET).digest("hex").slice(0, 16));
    expect(secret.fingerprint(Buffer.alloc(32, 8))).not.toBe(secret.fingerprint(key));
  });

  it("tests its bytes without giving them out", () => {
    expect(Sensitive.from("abc").everyByte((byte) => byte > 0x60)).toBe(true);
    expect(Sensitive.from("aBc").everyByte((byte) => byte > 0x60)).toBe(false);
    expect(Sensitive.from("abc").staysWithin(0x61, 0x63)).toBe(true);
    expect(Sensitive.from("abc").staysWithin(0x62, 0x63)).toBe(false);
    expect(Sensitive.from("abc").staysWithin(0x61, 0x62)).toBe(false);
    expect(Sensitive.from("").staysWithin(0x61, 0x62)).toBe(true);
  });

  it("knows its own text and no other, of whatever length", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (one, other) => {
        const secret = Sensitive.from(one);
        expect(secret.equalsText(one)).toBe(true);
        expect(secret.equalsText(other)).toBe(Buffer.from(one).equals(Buffer.from(other)));
        expect(secret.equalsText(`${one}x`)).toBe(false);
        expect(secret.equalsText(one.slice(1))).toBe(false);
      }),
    );
  });
});
