// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import type { VaultDocument, VaultKey } from "../../cli/vaultDocument.ts";
import { mergeVaults, type Merged } from "../../cli/vaultMerge.ts";
import { testCredential, testKey, testOperator } from "../support/testVault.ts";

const base: VaultDocument = { recipients: ["age1a", "age1b"], keys: [testKey()], operator: testOperator() };

function merge(ours: Partial<VaultDocument>, theirs: Partial<VaultDocument>, common: VaultDocument = base): Merged {
  return mergeVaults({ base: common, ours: { ...common, ...ours }, theirs: { ...common, ...theirs } });
}

function namesIn({ document }: Merged): readonly string[] {
  return document.keys.map((key) => `${key.agent}/${key.name}/${key.version}=${key.value.reveal()}`).sort();
}

const v1 = testKey();
const v2 = testKey({ version: 2, value: "value-2" });
const v3 = testKey({ version: 3, value: "value-3" });
const otherV2 = testKey({ version: 2, value: "value-other" });
const openai = testKey({ name: "openai", value: "value-openai" });
const groq = testKey({ name: "groq", value: "value-groq" });

describe("the age of two sides", () => {
  it("counts on: what comes of both is as new as the newer one, and is saved as a newer one still", () => {
    const counted = { ...base, revision: 6 };
    expect(merge({ revision: 7 }, { revision: 9 }, counted).document.revision).toBe(9);
    expect(merge({ revision: 7 }, { revision: 9 }, counted).conflicts).toEqual([]);
    expect(merge({}, {}).document).not.toHaveProperty("revision");
  });

  it.each([
    [{ revision: 3 }, { revision: 7 }, 3],
    [{ revision: 7 }, { revision: 5 }, 5],
    [{ revision: undefined }, { revision: 7 }, 0],
  ] as const)(
    "is a conflict when one is older than the state that both were made from: %j and %j",
    (ours, theirs, seen) => {
      const counted = { ...base, revision: 6 };
      const sides = { base: counted, ours: { ...counted, ...ours }, theirs: { ...counted, ...theirs } } as {
        readonly [K in "base" | "ours" | "theirs"]: VaultDocument;
      };
      const line = `one side is an older state of the vault, revision ${seen} after 6: somebody has put it back`;
      expect(mergeVaults(sides).conflicts).toEqual([line]);
      expect(mergeVaults({ ...sides, byReaders: true }).conflicts).toEqual([line]);
    },
  );
});

describe("keys of two sides", () => {
  it.each<[string, readonly VaultKey[], readonly VaultKey[], readonly string[]]>([
    ["nothing", [v1], [v1], ["1=value-1"]],
    ["a new version on our side", [v2], [v1], ["2=value-2"]],
    ["a new version on theirs", [v1], [v2], ["2=value-2"]],
    ["the same on both", [v2], [v2], ["2=value-2"]],
    ["removed by us", [], [v1], []],
    ["removed by them", [v1], [], []],
    ["removed by both", [], [], []],
    ["a rotation under way on one side", [v1, v2], [v1], ["1=value-1", "2=value-2"]],
  ])("go together: %s", (_, ours, theirs, left) => {
    const merged = merge({ keys: ours }, { keys: theirs });
    expect(merged.conflicts).toEqual([]);
    expect(namesIn(merged)).toEqual(left.map((one) => `a1/anthropic/${one}`));
  });

  it("go together when both add, each another key", () => {
    const merged = merge({ keys: [v1, openai] }, { keys: [v1, groq] });
    expect(merged.conflicts).toEqual([]);
    expect(namesIn(merged)).toEqual(["a1/anthropic/1=value-1", "a1/groq/1=value-groq", "a1/openai/1=value-openai"]);
  });

  it("go together when one side ends a rotation and the other goes on from it", () => {
    const rotating = { ...base, keys: [v1, v2] };
    const merged = merge({ keys: [v2] }, { keys: [v1, v2, v3] }, rotating);
    expect(merged.conflicts).toEqual([]);
    expect(namesIn(merged)).toEqual(["a1/anthropic/2=value-2", "a1/anthropic/3=value-3"]);
  });

  it.each<[string, readonly VaultKey[], readonly VaultKey[], string]>([
    ["one number, two values", [v2], [otherV2], "version 2 is not the same on both sides"],
    [
      "one number, two limits",
      [v2],
      [{ ...v2, limits: { requestsPerDay: 5 } }],
      "version 2 is not the same on both sides",
    ],
    ["a new number on each side", [v2], [v3], "both sides stored a new version (2 and 3)"],
    ["removed here, changed there", [], [v2], "one side removed it, the other changed it"],
    ["changed here, removed there", [v2], [], "one side removed it, the other changed it"],
  ])("are a conflict: %s", (_, ours, theirs, why) => {
    const { conflicts } = merge({ keys: ours }, { keys: theirs });
    expect(conflicts).toEqual([`key a1/anthropic: ${why}`]);
    expect(conflicts.join()).not.toContain("value-");
  });

  it("are a conflict when each side names another key for one provider of one agent", () => {
    const [work, home] = ["work", "home"].map((name) => testKey({ name, provider: "openai" }));
    expect(merge({ keys: [v1, ...(work ? [work] : [])] }, { keys: [v1, ...(home ? [home] : [])] }).conflicts).toEqual([
      "agent a1: keys home and work are both for provider openai",
    ]);
  });

  it("are all told when several conflict", () => {
    const common = { ...base, keys: [v1, openai] };
    const { conflicts } = merge(
      { keys: [v2, testKey({ name: "openai", version: 2, value: "x" })] },
      { keys: [otherV2, testKey({ name: "openai", version: 2, value: "y" })] },
      common,
    );
    expect(conflicts).toEqual([
      "key a1/anthropic: version 2 is not the same on both sides",
      "key a1/openai: version 2 is not the same on both sides",
    ]);
  });
});

describe("credentials of two sides", () => {
  const token = testCredential("DIGITALOCEAN_TOKEN", "one");
  const other = testCredential("DIGITALOCEAN_TOKEN", "two");

  it("go together by name", () => {
    const pass = testCredential("PULUMI_CONFIG_PASSPHRASE", "p");
    const merged = merge({ credentials: [token] }, { credentials: [pass] });
    expect(merged.conflicts).toEqual([]);
    expect(merged.document.credentials?.map(({ name }) => name)).toEqual([
      "DIGITALOCEAN_TOKEN",
      "PULUMI_CONFIG_PASSPHRASE",
    ]);
  });

  it("are one when both stored the same value at another time", () => {
    const later = { ...token, updated: "2027-01-01T00:00:00.000Z" };
    const merged = merge({ credentials: [token] }, { credentials: [later] });
    expect([merged.conflicts, merged.document.credentials]).toEqual([[], [token]]);
  });

  it("are gone when one side removed what the other left alone", () => {
    const merged = merge({ credentials: [] }, {}, { ...base, credentials: [token] });
    expect([merged.conflicts, merged.document.credentials]).toEqual([[], undefined]);
  });

  it("are a conflict when both changed one, or when they exclude each other", () => {
    expect(merge({ credentials: [token] }, { credentials: [other] }).conflicts).toEqual([
      "credential DIGITALOCEAN_TOKEN: each side changed it in another way",
    ]);
    const [api, oauth] = [testCredential("TAILSCALE_API_KEY", "x"), testCredential("TAILSCALE_OAUTH_CLIENT_ID", "y")];
    expect(merge({ credentials: [api] }, { credentials: [oauth] }).conflicts).toEqual([
      "the vault would hold both TAILSCALE_API_KEY and TAILSCALE_OAUTH_CLIENT_ID: the provider refuses both",
    ]);
  });
});

describe("the operator key of two sides", () => {
  it("is the changed one, and a conflict when both changed it", () => {
    const [second, third] = [testOperator(2), testOperator(3)];
    expect(merge({ operator: second }, {}).document.operator?.publicKey).toBe(second.publicKey);
    expect(merge({}, { operator: second }).document.operator?.publicKey).toBe(second.publicKey);
    expect(merge({ operator: second }, { operator: third }).conflicts).toEqual([
      "the operator key: each side has another",
    ]);
  });
});

describe("recipients of two sides", () => {
  it.each([
    [["age1a", "age1b", "age1c"], ["age1a", "age1b"], ["age1a", "age1b", "age1c"], []],
    [["age1a", "age1b"], ["age1a", "age1b", "age1c"], ["age1a", "age1b", "age1c"], ["age1c"]],
    [["age1a", "age1b", "age1c"], ["age1a", "age1b", "age1d"], ["age1a", "age1b", "age1c", "age1d"], ["age1d"]],
    [["age1a"], ["age1a", "age1b"], ["age1a"], []],
    [["age1a", "age1b"], ["age1a"], ["age1a"], []],
    [["age1a"], ["age1a", "age1b", "age1c"], ["age1a", "age1c"], ["age1c"]],
  ])("%j and %j make %j", (ours, theirs, merged, added) => {
    const { document, conflicts, newRecipients } = merge({ recipients: ours }, { recipients: theirs });
    expect({ recipients: document.recipients, conflicts, newRecipients }).toEqual({
      recipients: merged,
      conflicts: [],
      newRecipients: added,
    });
  });

  it("are never none, unless a passphrase opens the vault", () => {
    const { conflicts } = merge({ recipients: ["age1a"] }, { recipients: ["age1b"] });
    expect(conflicts).toEqual(["recipients: none would be left"]);
    const passphrase = { ...base, recipients: [] };
    expect(merge({ keys: [v2] }, {}, passphrase).conflicts).toEqual([]);
  });

  it("are not taken from a vault that somebody made who could not read ours", () => {
    // The attacker knows the public recipients, and that git will merge: the file is valid, and holds one recipient more.
    const forged: VaultDocument = {
      recipients: ["age1a", "age1b", "age1attacker"],
      keys: [],
      operator: testOperator(66),
    };
    const unsigned = { recipients: forged.recipients, keys: [] };
    for (const theirs of [forged, unsigned, { ...unsigned, keys: [v1] }]) {
      const { conflicts } = mergeVaults({ base, ours: { ...base, keys: [v1, openai] }, theirs });
      expect(conflicts).toContain(
        "recipients: a side adds some, and nothing shows that its writer could read the vault before",
      );
      // In a rebase the other side is called ours.
      expect(mergeVaults({ base, ours: theirs, theirs: base }).conflicts).toContain(
        "recipients: a side adds some, and nothing shows that its writer could read the vault before",
      );
    }
  });

  it("are not added at all to a vault without an operator key, which could show it", () => {
    const bare = { recipients: base.recipients, keys: base.keys };
    expect(
      mergeVaults({ base: bare, ours: bare, theirs: { ...bare, recipients: ["age1a", "age1b", "age1c"] } }).conflicts,
    ).toEqual(["recipients: a side adds some, and nothing shows that its writer could read the vault before"]);
  });
});

describe("a side that somebody made who could not read ours", () => {
  const credentials = [testCredential("DIGITALOCEAN_TOKEN", "ours")];
  const common = { ...base, credentials };
  // The same recipients, so that nothing of it shows in their list: another's cloud, another's key, another's signature.
  const forged: VaultDocument = {
    recipients: base.recipients,
    keys: [testKey({ value: "attacker" }), groq],
    operator: testOperator(66),
    credentials: [testCredential("DIGITALOCEAN_TOKEN", "attacker")],
  };
  const unproven =
    "one side holds neither the operator key nor any key from before: nothing shows that its writer could read them";
  const bare: VaultDocument = { recipients: base.recipients, keys: [] };

  it.each([
    ["with other keys, credentials and operator key", forged],
    ["with nothing in it", bare],
    ["with a credential alone", { ...bare, credentials: forged.credentials ?? [] }],
    ["with another value under the name of our key", { ...bare, keys: [testKey({ value: "guess" })] }],
  ])("is a conflict: %s", (_, side) => {
    const ours = { ...common, keys: [v1, openai] };
    expect(mergeVaults({ base: common, ours, theirs: side }).conflicts).toContain(unproven);
    // In a rebase the other side is called ours.
    expect(mergeVaults({ base: common, ours: side, theirs: ours }).conflicts).toContain(unproven);
  });

  it("is none when a reader has replaced the operator key, or all keys, but not both", () => {
    const ours = { ...common, keys: [v1, openai] };
    const signed = { ...common, operator: testOperator(2) };
    const rotated = { ...common, keys: [v2] };
    for (const theirs of [signed, rotated]) expect(mergeVaults({ base: common, ours, theirs }).conflicts).toEqual([]);
    const both = { ...rotated, operator: testOperator(2) };
    expect(mergeVaults({ base: common, ours, theirs: both }).conflicts).toEqual([unproven]);
    // What a person has just edited needs no proof.
    expect(mergeVaults({ base: common, ours, theirs: both, byReaders: true }).conflicts).toEqual([]);
  });
});

describe("two vaults without a common one", () => {
  it("go together when they come from one, else not", () => {
    const ours = { ...base, keys: [v1, openai] };
    const merged = mergeVaults({ base: undefined, ours, theirs: { ...base, keys: [v1, groq] } });
    expect([merged.conflicts, namesIn(merged).length]).toEqual([[], 3]);
    const strange = { recipients: ["age1z"], keys: [], operator: testOperator(9) };
    expect(mergeVaults({ base: undefined, ours, theirs: strange }).conflicts).toEqual([
      "the operator key: each side has another",
      "recipients: a side adds some, and nothing shows that its writer could read the vault before",
    ]);
  });
});

describe("any two sides", () => {
  const key = fc.record({
    name: fc.constantFrom("anthropic", "openai"),
    version: fc.integer({ min: 1, max: 3 }),
    value: fc.constantFrom("p", "q"),
  });
  const keys = fc
    .uniqueArray(key, { selector: ({ name, version }) => `${name}/${version}`, maxLength: 4 })
    .map((list) => list.map((one) => testKey(one)));
  const side = fc.record({
    keys,
    recipients: fc.uniqueArray(fc.constantFrom("age1a", "age1b", "age1c"), { minLength: 1 }),
  });
  const contentOf = (merged: Merged): unknown => [
    namesIn(merged),
    [...merged.document.recipients].sort(),
    merged.conflicts.length > 0,
  ];

  it("merge to the same from either side", () => {
    fc.assert(
      fc.property(side, side, side, (common, one, other) => {
        const whole = { ...base, ...common };
        expect(contentOf(merge(one, other, whole))).toEqual(contentOf(merge(other, one, whole)));
      }),
    );
  });

  it("merge to the changed one when only one changed, and to themselves when they are the same", () => {
    fc.assert(
      fc.property(side, side, (common, one) => {
        const whole = { ...base, ...common };
        for (const merged of [merge(one, common, whole), merge(common, one, whole), merge(one, one, whole)]) {
          fc.pre(merged.conflicts.length === 0);
          expect(namesIn(merged)).toEqual(namesIn({ document: { ...base, ...one }, conflicts: [], newRecipients: [] }));
          expect([...merged.document.recipients].sort()).toEqual([...one.recipients].sort());
        }
      }),
    );
  });
});
