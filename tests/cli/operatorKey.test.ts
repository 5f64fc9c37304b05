// SPDX-License-Identifier: Apache-2.0
import { inspect } from "node:util";
import fc from "fast-check";
import { operatorKeyOf, readOperatorKey, signAsOperator } from "../../cli/operatorKey.ts";
import { withOperator } from "../../cli/operatorEntry.ts";
import { parseVaultDocument, renderVaultDocument } from "../../cli/vaultDocument.ts";
import { isSignedBy } from "../../protocol/ed25519.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

const seed = (byte = 7): Buffer => Buffer.alloc(32, byte);
const empty = { recipients: ["age1qqq"], keys: [] };

describe("an operator key", () => {
  it("is made from its seed, which is wiped", () => {
    const bytes = seed();
    const key = operatorKeyOf(bytes);
    expect(bytes).toEqual(Buffer.alloc(32));
    expect(key.privateKey.reveal()).toBe(seed().toString("base64url"));
    expect(operatorKeyOf(seed()).publicKey).toBe(key.publicKey);
    expect(operatorKeyOf(seed(8)).publicKey).not.toBe(key.publicKey);
  });

  it("signs so that its public half, and no other, can tell", () => {
    const [key, other] = [operatorKeyOf(seed()), operatorKeyOf(seed(8))];
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, another) => {
        const signature = signAsOperator(key, text);
        expect(isSignedBy(key.publicKey, text, signature)).toBe(true);
        expect(isSignedBy(other.publicKey, text, signature)).toBe(false);
        expect(isSignedBy(key.publicKey, another, signature)).toBe(text === another);
      }),
    );
  });

  it("never shows its private half", () => {
    const key = operatorKeyOf(seed());
    const shown = `${inspect(key, { depth: 9 })} ${JSON.stringify(key)} ${String(key.privateKey)}`;
    expect(shown).toContain("[REDACTED]");
    expect(shown).not.toContain(seed().toString("base64url"));
  });

  it("is read back from a vault, and a vault without one is a vault", () => {
    const operator = operatorKeyOf(seed());
    const text = renderVaultDocument({ ...empty, operator });
    const read = parseVaultDocument(Buffer.from(text));
    expect(read.operator?.publicKey).toBe(operator.publicKey);
    expect(read.operator?.privateKey.equals(operator.privateKey)).toBe(true);
    expect(renderVaultDocument(read)).toBe(text);
    expect(parseVaultDocument(Buffer.from('{"officeClaws":1,"recipients":[],"keys":[]}'))).toEqual({
      recipients: [],
      keys: [],
    });
  });

  const good = { publicKey: operatorKeyOf(seed()).publicKey, privateKey: seed().toString("base64url") };

  it.each([
    ["null", null],
    ["a text", "key"],
    ["no private half", { publicKey: good.publicKey }],
    ["no public half", { privateKey: good.privateKey }],
    ["halves that do not belong together", { ...good, publicKey: operatorKeyOf(seed(8)).publicKey }],
    ["a seed that is too short", { ...good, privateKey: Buffer.alloc(31, 7).toString("base64url") }],
    ["a seed in another alphabet", { ...good, privateKey: `${"+".repeat(42)}A` }],
    ["a seed with padding", { ...good, privateKey: `${good.privateKey}=` }],
    ["one more member", { ...good, comment: "x" }],
  ])("is refused in a vault with %s, and nothing of it shown", (_, operator) => {
    const text = JSON.stringify({ officeClaws: 1, ...empty, operator });
    let message = "";
    try {
      parseVaultDocument(Buffer.from(text));
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain("its content is not a vault of version 1: cannot read");
    expect(message).not.toContain(good.privateKey.slice(0, 20));
  });

  it("is read from Sensitive only: a plain string has leaked already", () => {
    expect(() => readOperatorKey(good, "operator")).toThrow('cannot read "operator.privateKey"');
    const sensitive = { ...good, privateKey: Sensitive.from(good.privateKey) };
    expect(readOperatorKey(sensitive, "operator").publicKey).toBe(good.publicKey);
  });
});

describe("withOperator", () => {
  it("gives a vault its first key and replaces one only when told to", () => {
    const [first, second] = [operatorKeyOf(seed()), operatorKeyOf(seed(8))];
    const made = withOperator(empty, first, false);
    expect(made).toEqual({ ...empty, operator: first });
    expect(() => withOperator(made, second, false)).toThrow(
      `the vault has an operator key already: ${first.publicKey}`,
    );
    expect(withOperator(made, second, true).operator).toBe(second);
  });
});
