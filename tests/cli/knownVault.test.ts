// SPDX-License-Identifier: Apache-2.0
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import {
  isAsKnown,
  knownFrom,
  knownVaultPath,
  parseKnownVault,
  readKnownVault,
  stateFolder,
  type KnownVault,
} from "../../cli/knownVault.ts";
import { rememberVault } from "../../cli/rememberVault.ts";
import { firstUseInWords, isHarmless, isUnproven, letsOthersRead, newsInWords, newsOf } from "../../cli/vaultNews.ts";
import type { VaultDocument } from "../../cli/vaultDocument.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { testKey, testOperator } from "../support/testVault.ts";

const folder = scratchFolder();
const VAULT = "/team/vault.age";
const operator = testOperator();
const document: VaultDocument = { recipients: ["age1a", "age1b"], keys: [testKey()], operator, revision: 7 };
const known = knownFrom(VAULT, document);

const knownVaults: fc.Arbitrary<KnownVault> = fc.record({
  vault: fc.constant(VAULT),
  recipients: fc.array(fc.stringMatching(/^age1[a-z0-9]{1,60}$/), { maxLength: 8 }),
  operator: fc.option(fc.integer({ min: 1, max: 8 }).map((byte) => testOperator(byte).publicKey)),
  revision: fc.nat(),
});

function bytesOf(value: object): Buffer {
  return Buffer.from(JSON.stringify({ officeClaws: 1, ...value }));
}

/** The members that were read, or the kind of the error. */
function outcomeOf(bytes: Buffer): string {
  try {
    return Object.keys(parseKnownVault(bytes, VAULT)).sort().join();
  } catch (error) {
    return (error as Error).name;
  }
}

describe("the file about a known vault", () => {
  it("gives back what was written, whatever it was", () => {
    fc.assert(
      fc.property(knownVaults, (one) => {
        expect(parseKnownVault(bytesOf(one), VAULT)).toEqual(one);
      }),
    );
  });

  it("is never read for more or less than it says: a file that was cut off anywhere is refused", () => {
    fc.assert(
      fc.property(knownVaults, fc.nat(), (one, at) => {
        const bytes = bytesOf(one);
        expect(() => parseKnownVault(bytes.subarray(0, at % bytes.length), VAULT)).toThrow();
      }),
    );
  });

  it("gives its members or an error that is told, whatever its bytes", () => {
    fc.assert(
      fc.property(knownVaults, fc.nat(), fc.nat({ max: 255 }), (one, at, byte) => {
        const bytes = bytesOf(one);
        bytes[at % bytes.length] = byte;
        expect(["operator,recipients,revision,vault", "ParseError"]).toContain(outcomeOf(bytes));
      }),
    );
  });

  it.each<[string, object]>([
    ["another vault's", { ...known, vault: "/other/vault.age" }],
    ["one with a member too many", { ...known, more: 1 }],
    ["one without its revision", { ...known, revision: undefined }],
    ["a revision that is none", { ...known, revision: -1 }],
    ["a recipient that is none", { ...known, recipients: ["ssh-ed25519 AAAA"] }],
    ["an operator key that is none", { ...known, operator: "short" }],
    ["a later version", { ...known, officeClaws: 2 }],
  ])("is refused when it is %s", (_, value) => {
    expect(() => parseKnownVault(bytesOf(value), VAULT)).toThrow();
  });

  it("is found by the vault's absolute path, in the state folder of each system", () => {
    expect(stateFolder({ XDG_STATE_HOME: "/s", HOME: "/h" })).toBe("/s");
    expect(stateFolder({ HOME: "/h" }, "linux")).toBe("/h/.local/state");
    expect(stateFolder({ HOME: "/h", LOCALAPPDATA: "C:\\local" }, "win32")).toBe("C:\\local");
    expect([stateFolder({}), stateFolder({ HOME: "" }), knownVaultPath({}, VAULT)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const path = knownVaultPath({ XDG_STATE_HOME: "/s" }, VAULT);
    expect(path).toMatch(/^\/s\/office-claws\/vaults\/[0-9a-f]{32}\.json$/);
    expect(knownVaultPath({ XDG_STATE_HOME: "/s" }, "/team/sub/../vault.age")).toBe(path);
    expect(knownVaultPath({ XDG_STATE_HOME: "/s" }, "/team2/vault.age")).not.toBe(path);
  });

  it("is nothing at first, then what was remembered, and not read through a link", async () => {
    const environment = { XDG_STATE_HOME: folder() };
    expect(readKnownVault(environment, VAULT)).toBeUndefined();
    expect(await rememberVault(environment, VAULT, document)).toBeUndefined();
    expect(readKnownVault(environment, VAULT)).toEqual(known);
    const other = knownVaultPath(environment, "/elsewhere.age") ?? "";
    await symlink(knownVaultPath(environment, VAULT) ?? "", other);
    expect(() => readKnownVault(environment, "/elsewhere.age")).toThrow(
      `cannot tell whether the vault changed hands: cannot use "${other}": it is a symbolic link`,
    );
  });

  it("that cannot be written says why, and throws nothing", async () => {
    const environment = { XDG_STATE_HOME: join(folder(), "state") };
    await mkdir(dirname(environment.XDG_STATE_HOME), { recursive: true });
    await writeFile(environment.XDG_STATE_HOME, "");
    const path = knownVaultPath(environment, VAULT) ?? "";
    expect(await rememberVault(environment, VAULT, document)).toBe(`"${path}": ENOTDIR`);
    expect(await rememberVault({}, VAULT, document)).toBe("neither XDG_STATE_HOME nor HOME is set");
  });
});

describe("how a vault differs from what is known", () => {
  it("is not at all when recipients, operator key and revision are the same, whatever the keys", () => {
    expect(isAsKnown(known, { ...document, keys: [] })).toBe(true);
    for (const change of [{ recipients: ["age1b", "age1a"] }, { revision: 8 }, { operator: testOperator(2) }])
      expect(isAsKnown(known, { ...document, ...change })).toBe(false);
  });

  it.each<[string, Partial<VaultDocument>, readonly [boolean, boolean, boolean]]>([
    ["a newer state", { revision: 9 }, [true, false, false]],
    ["one recipient less", { recipients: ["age1a"] }, [true, false, false]],
    ["one recipient more", { recipients: ["age1a", "age1b", "age1c"] }, [false, true, false]],
    ["one recipient for another", { recipients: ["age1a", "age1c"] }, [false, true, false]],
    ["another operator key", { operator: testOperator(2) }, [false, true, true]],
    ["an older state", { revision: 6 }, [false, false, true]],
  ])("%s: harmless, lets others read, unproven", (_, change, expected) => {
    const now = { ...document, ...change };
    const news = newsOf(known, now);
    expect([isHarmless(news), letsOthersRead(news), isUnproven(news, now)]).toEqual(expected);
  });

  it("is unproven when somebody was added and there is no operator key to show that a reader did", () => {
    const plain: VaultDocument = { recipients: document.recipients, keys: [], revision: 7 };
    const now = { ...plain, recipients: ["age1a", "age1b", "age1c"] };
    expect(isUnproven(newsOf(knownFrom(VAULT, plain), now), now)).toBe(true);
  });

  it("counts a vault of a release that did not count as the oldest", () => {
    const uncounted: VaultDocument = { recipients: document.recipients, keys: [], operator };
    expect(newsOf(known, uncounted).older).toEqual({ before: 7, after: 0 });
    expect(isHarmless(newsOf(knownFrom(VAULT, uncounted), document))).toBe(true);
  });

  it("is told a line each, without a secret", () => {
    const now = { ...document, recipients: ["age1b", "age1c"], operator: testOperator(2), revision: 3 };
    expect(newsInWords(newsOf(known, now))).toEqual([
      "new recipient, who can read what you store: age1c...age1c",
      "no longer a recipient: age1a...age1a",
      `another operator key: ${operator.publicKey} -> ${testOperator(2).publicKey}`,
      "an older state: revision 3, and this machine has seen 7",
    ]);
    expect(firstUseInWords(["age1a", "age1b"])).toContain("for 2 recipients (age1a...age1a, age1b...age1b)");
  });
});
