// SPDX-License-Identifier: Apache-2.0
import { parseEditable, renderEditable } from "../../cli/editableText.ts";
import { UserError } from "../../cli/errors.ts";
import { renderVaultDocument, type VaultDocument } from "../../cli/vaultDocument.ts";
import { testCredential, testKey, testOperator } from "../support/testVault.ts";

const now = "2027-01-01T00:00:00.000Z";
const document: VaultDocument = {
  recipients: ["age1a"],
  keys: [testKey({ value: "canary-1" }), testKey({ name: "openai", value: "canary-2" })],
  credentials: [testCredential("DIGITALOCEAN_TOKEN", "canary-3")],
  operator: testOperator(),
};

function edit(change: (text: string) => string, before = document): VaultDocument {
  return parseEditable(Buffer.from(change(renderEditable(before))), before, now);
}

function complaintAbout(change: (text: string) => string): UserError {
  try {
    edit(change);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message + error.hints.join()).not.toContain("canary");
    return error;
  }
  throw new Error("expected the text to be refused");
}

describe("the text that is edited", () => {
  it("holds keys and credentials, and neither the operator's private key nor the recipients", () => {
    const text = renderEditable(document);
    expect(Object.keys(JSON.parse(text) as object)).toEqual(["keys", "credentials"]);
    expect(text).not.toContain(document.operator?.privateKey.reveal());
    expect(text).not.toContain("age1a");
    expect(text.split("\n").length).toBeGreaterThan(20);
  });

  it("is read back as it was written", () => {
    expect(renderVaultDocument(edit((text) => text))).toBe(renderVaultDocument(document));
    const plain = { recipients: ["age1a"], keys: [] };
    expect(edit((text) => text, plain)).toEqual(plain);
  });

  it("may rename, add and remove", () => {
    expect(edit((text) => text.replaceAll('"openai"', '"groq"')).keys.map(({ name }) => name)).toEqual([
      "anthropic",
      "groq",
    ]);
    const emptied = edit(() => '{"keys": []}');
    expect([emptied.keys, emptied.credentials, emptied.recipients]).toEqual([[], [], ["age1a"]]);
  });

  it("dates a credential whose value was changed, and only that", () => {
    expect(edit((text) => text.replace("canary-3", "other")).credentials).toMatchObject([{ updated: now }]);
    expect(edit((text) => text.replace("canary-1", "canary-1")).credentials).toMatchObject([
      { updated: "2026-11-23T12:00:00.000Z" },
    ]);
  });

  it("needs a new version for a new value", () => {
    const { message, hints } = complaintAbout((text) => text.replace("canary-1", "canary-new"));
    expect(message).toBe('version 1 of key "anthropic" of agent "a1" has another value than before');
    expect(hints).toEqual(["give the new value the next version"]);
    const after = edit((text) => text.replace("canary-1", "canary-new").replace('"version": 1', '"version": 2'));
    expect(after.keys.map(({ version }) => version)).toEqual([2, 1]);
  });

  it.each([
    ["a bracket too few", (text: string) => text.replace("]", ""), '"line '],
    ["no object", () => "[]", "it is not a JSON object"],
    ["nothing", () => "", "it is not a JSON object"],
    [
      "two keys for one provider",
      (text: string) =>
        text
          .replace('"name": "openai"', '"name": "openai-2"')
          .replace('"provider": "openai"', '"provider": "anthropic"'),
      'agent "a1" has keys "anthropic" and "openai-2" for provider "anthropic"',
    ],
    [
      "recipients",
      (text: string) => text.replace('"keys"', '"recipients": [], "keys"'),
      "must not name a member twice",
    ],
    ["a value with a space", (text: string) => text.replace("canary-1", "canary 1"), "keys[0].value"],
    ["an unknown credential", (text: string) => text.replace("DIGITALOCEAN_TOKEN", "NO_TOKEN"), "credentials[0].name"],
  ])("is refused with %s", (_, change, message) => {
    expect(complaintAbout(change).message).toContain(message);
  });

  it("names the line of a mistake", () => {
    const lines = renderEditable(document).split("\n");
    const wrong = [...lines.slice(0, 4), "      oops", ...lines.slice(4)].join("\n");
    expect(complaintAbout(() => wrong).message).toContain('cannot read "line 5"');
  });
});
