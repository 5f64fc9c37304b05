// SPDX-License-Identifier: Apache-2.0
import { diffVaults, renderDifference } from "../../cli/vaultDiff.ts";
import type { VaultDocument } from "../../cli/vaultDocument.ts";
import { renderVaultText } from "../../cli/vaultText.ts";
import { testCredential, testKey, testOperator } from "../support/testVault.ts";

const base: VaultDocument = {
  recipients: ["age1a", "age1b"],
  keys: [testKey(), testKey({ name: "openai", value: "value-openai" })],
  credentials: [testCredential("DIGITALOCEAN_TOKEN", "value-token")],
  operator: testOperator(),
};

function linesFor(after: Partial<VaultDocument>, before: VaultDocument = base): readonly string[] {
  const difference = diffVaults(before, { ...before, ...after });
  expect(JSON.stringify(difference)).not.toContain("value-");
  return renderDifference(difference);
}

describe("the difference of two vaults", () => {
  it("is nothing when they are the same, in whatever order", () => {
    expect(linesFor({})).toEqual([]);
    expect(linesFor({ keys: [...base.keys].reverse(), recipients: ["age1b", "age1a"] })).toEqual([]);
    expect(diffVaults(base, base)).toEqual({ recipients: { added: [], removed: [] }, keys: [], credentials: [] });
  });

  it("names recipients that came and went", () => {
    expect(linesFor({ recipients: ["age1b", "age1c"] })).toEqual(["+ recipient age1c", "- recipient age1a"]);
  });

  it("names keys that came and went, with their facts", () => {
    const added = testKey({ agent: "a2", notAfter: "2030-01-31T00:00:00Z", limits: { requestsPerDay: 5 } });
    expect(linesFor({ keys: [testKey(), added] })).toEqual([
      "- key a1/openai: version 1, openai, created 2026-11-23, for 30 days from each push",
      "+ key a2/anthropic: version 1, anthropic, created 2026-11-23, until 2030-01-31T00:00:00Z, 5 requests a day",
    ]);
  });

  it.each([
    [
      "a new version",
      testKey({ version: 2, value: "value-2", created: "2026-12-01T00:00:00.000Z" }),
      "version 1 -> version 2, created 2026-11-23 -> created 2026-12-01, value changed",
    ],
    [
      "a new limit",
      testKey({ limits: { tokensPerDay: 9 } }),
      "for 30 days from each push -> for 30 days from each push, 9 tokens a day, same value",
    ],
    ["another provider", testKey({ provider: "my-proxy" }), "anthropic -> my-proxy, same value"],
    ["another value under its number", testKey({ value: "value-forged" }), "value changed"],
  ])("says of a key: %s", (_, key, change) => {
    expect(linesFor({ keys: base.keys.map((one) => (one.name === key.name ? key : one)) })).toEqual([
      `~ key a1/anthropic: ${change}`,
    ]);
  });

  it("never calls it the same value when the older version of a rotation has another one", () => {
    const rotating = { ...base, keys: [testKey(), testKey({ version: 2, value: "value-2" })] };
    const forged = [testKey({ value: "value-forged" }), testKey({ version: 2, value: "value-2" })];
    expect(linesFor({ keys: forged }, rotating)).toEqual(["~ key a1/anthropic: value changed"]);
  });

  it("shows a rotation under way", () => {
    expect(linesFor({ keys: [...base.keys, testKey({ version: 2, value: "value-2" })] })).toEqual([
      "~ key a1/anthropic: version 1 -> versions 1 and 2, value changed",
    ]);
  });

  it("names credentials that came, went and changed", () => {
    const pass = testCredential("PULUMI_CONFIG_PASSPHRASE", "value-pass");
    expect(linesFor({ credentials: [pass] })).toEqual([
      "- credential DIGITALOCEAN_TOKEN",
      "+ credential PULUMI_CONFIG_PASSPHRASE",
    ]);
    expect(linesFor({ credentials: [testCredential("DIGITALOCEAN_TOKEN", "value-new")] })).toEqual([
      "~ credential DIGITALOCEAN_TOKEN: value changed",
    ]);
  });

  it("shows the public halves of another operator key", () => {
    const [first, second] = [testOperator().publicKey, testOperator(2).publicKey];
    expect(linesFor({ operator: testOperator(2) })).toEqual([`~ operator key ${first} -> ${second}`]);
    const { recipients, keys, credentials = [] } = base;
    const without = { recipients, keys, credentials };
    expect(renderDifference(diffVaults(without, base))).toEqual([`~ operator key none -> ${first}`]);
  });

  it("is data for programs", () => {
    const after = { ...base, keys: [testKey({ version: 2, value: "value-2" })] };
    expect(diffVaults(base, after).keys).toEqual([
      {
        agent: "a1",
        name: "anthropic",
        before: { provider: "anthropic", versions: [1], created: "2026-11-23T12:00:00.000Z", notAfter: null },
        after: { provider: "anthropic", versions: [2], created: "2026-11-23T12:00:00.000Z", notAfter: null },
        valueChanged: true,
      },
      {
        agent: "a1",
        name: "openai",
        before: { provider: "openai", versions: [1], created: "2026-11-23T12:00:00.000Z", notAfter: null },
        after: null,
        valueChanged: true,
      },
    ]);
  });
});

describe("the text of a vault", () => {
  it("has a line for each thing, in the same order whatever its history, and no value", () => {
    const lines = [
      "recipient age1a",
      "recipient age1b",
      `operator key ${testOperator().publicKey}`,
      "credential DIGITALOCEAN_TOKEN: stored 2026-11-23T12:00:00.000Z",
      "key a1/anthropic: version 1, anthropic, created 2026-11-23T12:00:00.000Z, for 30 days from each push",
      "key a1/openai: version 1, openai, created 2026-11-23T12:00:00.000Z, for 30 days from each push",
    ];
    expect(renderVaultText(base)).toEqual(lines);
    expect(renderVaultText({ ...base, keys: [...base.keys].reverse(), recipients: ["age1b", "age1a"] })).toEqual(lines);
  });
});
