// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { CONTROL_ACTIONS, mayControl, mayControlSome, parseControlRules } from "../../protocol/capability.ts";

const GOOD = { actions: ["status", "put"], keys: ["openai*"] };
const allows = (glob: string, name: string): boolean => mayControl([{ actions: ["put"], keys: [glob] }], "put", name);

describe("parseControlRules", () => {
  it("reads a list of rules, and an empty one", () => {
    expect(parseControlRules([GOOD])).toEqual([GOOD]);
    expect(parseControlRules([])).toEqual([]);
  });

  it.each([
    [null],
    [{}],
    ["*"],
    [[GOOD, null]],
    [[GOOD, {}]],
    [[GOOD, { ...GOOD, actions: ["put", "destroy"] }]],
    [[GOOD, { ...GOOD, actions: ["*"] }]],
    [[GOOD, { ...GOOD, actions: "put" }]],
    [[GOOD, { ...GOOD, keys: [""] }]],
    [[GOOD, { ...GOOD, keys: [".*"] }]],
    [[GOOD, { ...GOOD, keys: [1] }]],
    [[GOOD, { ...GOOD, deny: true }]],
  ])("refuses all of %j for one malformed part", (values) => {
    expect(() => parseControlRules(values)).toThrow('cannot read "capability');
  });
});

describe("mayControl", () => {
  it.each([
    ["*", "openai", true],
    ["openai", "openai", true],
    ["openai", "openai2", false],
    ["openai*", "openai", true],
    ["openai*", "openai-eu", true],
    ["openai*", "xopenai", false],
    ["*-eu", "openai-eu", true],
    ["*-eu", "openai-eu2", false],
    ["a*b*c", "a1b2c", true],
    ["a*b*c", "abc", true],
    ["a*b*c", "acb", false],
    ["a*a", "a", false],
    ["ab*ba", "aba", false],
    ["**", "x", true],
  ])("the glob %s on %s: %p", (glob, name, expected) => {
    expect(allows(glob, name)).toBe(expected);
  });

  it("agrees with the regular expression of the same glob", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 6 });
    const name = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(word, name, (glob, text) => {
        expect(allows(glob, text)).toBe(new RegExp(`^${glob.replaceAll("*", ".*")}$`).test(text));
      }),
      { numRuns: 1000 },
    );
  });

  it("stays fast on a glob made to be slow", () => {
    expect(allows(`${"*a".repeat(31)}b`, "a".repeat(63))).toBe(false);
  });

  it("asks for all keys only of a rule for all keys", () => {
    expect(mayControl([{ actions: ["wipe"], keys: ["openai*", "**"] }], "wipe", "*")).toBe(false);
    expect(mayControl([{ actions: ["wipe"], keys: ["*"] }], "wipe", "*")).toBe(true);
  });

  it("does not mix the action of one rule with the keys of another", () => {
    const rules = parseControlRules([
      { actions: ["status"], keys: ["*"] },
      { actions: ["put"], keys: ["openai"] },
    ]);

    expect(mayControl(rules, "put", "anthropic")).toBe(false);
    expect(mayControlSome(rules, "put")).toBe(true);
    expect(mayControlSome(rules, "wipe")).toBe(false);
  });

  it("allows nothing without rules, or with a rule for no key", () => {
    for (const action of CONTROL_ACTIONS) {
      expect(mayControlSome([], action)).toBe(false);
      expect(mayControlSome([{ actions: [action], keys: [] }], action)).toBe(false);
    }
  });
});
