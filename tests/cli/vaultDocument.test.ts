// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { UserError } from "../../cli/errors.ts";
import {
  currentKeys,
  parseVaultDocument,
  renderVaultDocument,
  versionsOf,
  withoutValue,
  type VaultKey,
} from "../../cli/vaultDocument.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

const CANARY = "sk-ant-canary-77";
const entry = {
  name: "anthropic",
  provider: "anthropic",
  agent: "a1",
  value: CANARY,
  version: 1,
  created: "2026-11-23T12:00:00.000Z",
  notAfter: null,
};

function vaultText(changes: Record<string, unknown> = {}, key: Record<string, unknown> = {}): string {
  return JSON.stringify({ officeClaws: 1, recipients: ["age1qqq"], keys: [{ ...entry, ...key }], ...changes });
}

function errorOf(text: string | Uint8Array): UserError {
  try {
    parseVaultDocument(Buffer.from(text));
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("expected the document to be refused");
}

describe("the vault's document", () => {
  it("is read as it was written", () => {
    const document = parseVaultDocument(Buffer.from(vaultText()));
    expect(JSON.parse(renderVaultDocument(document))).toEqual(JSON.parse(vaultText()));
  });

  it("survives any set of keys", () => {
    const value = fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
      minLength: 1,
      maxLength: 200,
    });
    const agent = fc.stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/);
    const keys = fc.uniqueArray(fc.record({ agent, value }), { selector: (key) => key.agent, maxLength: 20 });
    const survives = fc.property(keys, (list) => {
      const written = list.map((key): VaultKey => ({ ...entry, agent: key.agent, value: Sensitive.from(key.value) }));
      const read = parseVaultDocument(Buffer.from(renderVaultDocument({ recipients: ["age1qqq"], keys: written })));
      expect(read.keys.map((key) => [key.agent, key.value.reveal()])).toEqual(
        list.map((key) => [key.agent, key.value]),
      );
    });
    fc.assert(survives);
  });

  it.each([
    ["no JSON", "not json at all " + CANARY],
    ["a list", "[]"],
    ["a text", JSON.stringify(CANARY)],
    ["nothing", ""],
    ["bytes that are not UTF-8", Buffer.from([0x7b, 0xff, 0x7d])],
    ["a byte order mark", "\uFEFF" + vaultText()],
    ["an unknown member", vaultText({ extra: 1 })],
    ["a missing member", JSON.stringify({ officeClaws: 1, recipients: [] })],
    ["an unknown member of a key", vaultText({}, { note: "x" })],
    ["a member twice", vaultText().replace('"version":1', '"version":1,"version":2')],
    ["__proto__", vaultText().replace('"recipients"', '"__proto__":{},"recipients"')],
    ["an empty value", vaultText({}, { value: "" })],
    ["a value with a space", vaultText({}, { value: `${CANARY} x` })],
    ["a value with a newline", vaultText({}, { value: `${CANARY}\n` })],
    ["a value with a NUL", vaultText({}, { value: `${CANARY}\0` })],
    ["a value that is a number", vaultText({}, { value: 42 })],
    ["a value over the limit", vaultText({}, { value: "x".repeat(4097) })],
    ["version 0", vaultText({}, { version: 0 })],
    ["version 1.5", vaultText({}, { version: 1.5 })],
    ["an agent in upper case", vaultText({}, { agent: "A1" })],
    ["an agent that climbs folders", vaultText({}, { agent: "../a1" })],
    ["a date that is none", vaultText({}, { created: "yesterday" })],
    ["a recipient that is none", vaultText({ recipients: ["ssh-ed25519 AAAA"] })],
    ["the same key twice", vaultText({ keys: [entry, entry] })],
  ])("that is or holds %s is refused without showing a value", (_, text) => {
    const error = errorOf(text);
    expect(error.message).not.toContain(CANARY);
    expect(error.message.length).toBeLessThan(200);
    expect(error.exitCode).toBe(2);
  });

  it("names the place of what is wrong", () => {
    expect(errorOf(vaultText({}, { version: "1" })).message).toBe(
      'its content is not a vault of version 1: cannot read "keys[0].version": it must be a whole number of at least 1 (key "anthropic" of agent "a1")',
    );
    expect(errorOf(vaultText({ keys: [entry, entry] })).message).toBe(
      'it holds version 1 of key "anthropic" for agent "a1" twice',
    );
  });

  it("of a later version asks for a newer release", () => {
    const error = errorOf(JSON.stringify({ officeClaws: 2, anything: true }));
    expect(error.message).toBe("it is a vault of version 2, and this release reads version 1");
    expect(error.hints).toEqual(["install a newer release of office-claws"]);
  });

  it("gives the newest version of each key, sorted, and all versions of one", () => {
    const keys = [
      { ...entry, agent: "b", version: 1 },
      { ...entry, agent: "a", version: 3 },
      { ...entry, agent: "a", version: 2 },
    ];
    const document = parseVaultDocument(Buffer.from(vaultText({ keys })));
    expect(currentKeys(document).map(({ agent, version }) => [agent, version])).toEqual([
      ["a", 3],
      ["b", 1],
    ]);
    expect(versionsOf(document, "a", "anthropic").map(({ version }) => version)).toEqual([2, 3]);
  });

  it("shows a key without its value", () => {
    const [key] = parseVaultDocument(Buffer.from(vaultText())).keys;
    if (key === undefined) throw new Error("no key");
    expect({ ...withoutValue(key), value: CANARY }).toEqual(entry);
    expect(withoutValue(key)).not.toHaveProperty("value");
    expect(JSON.stringify(key)).not.toContain(CANARY);
  });
});
