// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import {
  comparable,
  isZero,
  type PropertySchema,
  storedInputs,
} from "../../../../lab/providers/bridge/resourceSchema.ts";
import { UNKNOWN } from "../../../../lab/providers/engine/propertyValue.ts";

const texts: PropertySchema = { shape: { set: "string" } };
const rules: PropertySchema = {
  shape: { set: { object: { protocol: { shape: "string" }, ports: { shape: "string" }, addresses: texts } } },
};

describe("comparable", () => {
  it("is the same for every order of a set and for nothing else", () => {
    const set = fc.uniqueArray(fc.string(), { maxLength: 6 });
    fc.assert(
      fc.property(set, set, (left, right) => {
        expect(comparable(texts, left)).toBe(comparable(texts, left.toReversed()));
        const isEqual = JSON.stringify(left.toSorted()) === JSON.stringify(right.toSorted());
        // An empty text in a set is as good as no text, as in the official bridge.
        const hasEmpty = left.includes("") || right.includes("");
        expect(hasEmpty || (comparable(texts, left) === comparable(texts, right)) === isEqual).toBe(true);
      }),
    );
  });

  it("takes unset and zero members of an object for the same", () => {
    const bare = { protocol: "icmp", addresses: ["::/0", "0.0.0.0/0"] };
    const full = { addresses: ["0.0.0.0/0", "::/0"], ports: "", protocol: "icmp", unknownToTheSchema: 1 };
    expect(comparable(rules, [bare])).toBe(comparable(rules, [full]));
    expect(comparable(rules, [bare])).not.toBe(comparable(rules, [{ ...bare, ports: "all" }]));
    expect(comparable(rules, [bare])).not.toBe(comparable(rules, [bare, bare]));
  });

  it("folds both sides", () => {
    const folded: PropertySchema = { shape: { set: "string" }, folded: (text) => text.toLowerCase() };
    expect(comparable(folded, ["A", "b"])).toBe(comparable(folded, ["B", "a"]));
    expect(comparable(texts, ["A"])).not.toBe(comparable(texts, ["a"]));
  });
});

describe("isZero", () => {
  it.each([undefined, null, "", false, 0, []])("is true for %p", (value) => {
    expect(isZero(value)).toBe(true);
  });

  it.each(["x", true, 1, [0], {}])("is false for %p", (value) => {
    expect(isZero(value)).toBe(false);
  });
});

describe("storedInputs", () => {
  it("converts known inputs, leaves unknown ones, and drops what is no property", () => {
    const schema = { text: { shape: "string", stored: (text: string) => text.length.toString() } } as const;
    expect(storedInputs(schema, { text: "four", __defaults: [] })).toEqual({ text: "4" });
    expect(storedInputs(schema, { text: UNKNOWN })).toEqual({ text: UNKNOWN });
  });
});
