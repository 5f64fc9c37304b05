// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import {
  asText,
  canonical,
  containsSecret,
  containsUnknown,
  isAbsent,
  isSame,
  isUnknown,
  type PropertyMap,
  revealSecrets,
  secret,
  UNKNOWN,
} from "../../../../lab/providers/engine/propertyValue.ts";

describe("property values", () => {
  it("finds an unknown value at any depth, but only the sentinel itself", () => {
    expect(isUnknown(UNKNOWN)).toBe(true);
    expect(isUnknown("3eeb2bf0-c639-47a8-9e75-3b44932eb421")).toBe(true);
    expect(isUnknown(`${UNKNOWN} `)).toBe(false);
    expect(containsUnknown({ a: [{ b: UNKNOWN }] })).toBe(true);
    expect(containsUnknown({ a: [{ b: "known" }, null, 1, true] })).toBe(false);
    expect(containsUnknown(undefined)).toBe(false);
  });

  it("finds and removes secrets at any depth", () => {
    const value = { plain: "p", list: ["x", { deep: secret({ inner: secret("s") }) }] };
    expect(containsSecret(value)).toBe(true);
    expect(revealSecrets(value)).toEqual({ plain: "p", list: ["x", { deep: { inner: "s" } }] });
    expect(containsSecret(revealSecrets(value))).toBe(false);
    expect(containsSecret({ "4dabf18193072939515e22adb298388d": "something else", value: 1 })).toBe(false);
  });

  it("marks a secret as the engine's protocol does", () => {
    expect(secret("s")).toEqual({ "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "s" });
  });

  it("takes two values for the same whatever the order of their members", () => {
    expect(isSame({ a: 1, b: undefined, c: [1, 2] }, { c: [1, 2], a: 1 })).toBe(true);
    expect(isSame({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
    expect(isSame("1", 1)).toBe(false);
    expect(isSame(undefined, null)).toBe(false);
  });

  it("gives different values different canonical texts", () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(json, json, (left, right) => {
        const [a, b] = [left as PropertyMap, right as PropertyMap];
        const isEqual = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
        expect(canonical(a) === canonical(b)).toBe(isEqual);
        expect(canonical(JSON.parse(JSON.stringify(a)) as PropertyMap)).toBe(canonical(a));
      }),
    );
  });

  it("writes texts as they are, other values as JSON and absent ones as nothing", () => {
    expect([asText("a"), asText(1), asText(true), asText({ b: [1] })]).toEqual(["a", "1", "true", '{"b":[1]}']);
    expect([asText(null), asText(undefined)]).toEqual(["", ""]);
    expect([isAbsent(null), isAbsent(undefined), isAbsent(""), isAbsent(0), isAbsent(false)]).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return { members: entries.map(([name, member]) => [name, sorted(member)]) };
}
