// SPDX-License-Identifier: Apache-2.0
import {
  nullOr,
  optional,
  readBoolean,
  readList,
  readObject,
  readOneOf,
  readText,
  readWhole,
} from "../../protocol/shape.ts";

const read = readObject<{ name: string; count?: number }>({
  name: readText(5, /^[a-z]+$/, "letters"),
  count: optional(readWhole(1)),
});

describe("readObject", () => {
  it("gives exactly the known members, without those that are missing", () => {
    expect(Object.keys(read({ name: "abc" }, ""))).toEqual(["name"]);
    expect(read({ name: "abc", count: 2 }, "")).toEqual({ name: "abc", count: 2 });
  });

  it.each([
    [null, 'cannot read "at": it must be an object'],
    [[], 'cannot read "at": it must be an object'],
    ["text", 'cannot read "at": it must be an object'],
    [{}, 'cannot read "at.name": it must be text'],
    [{ name: "toolong" }, 'cannot read "at.name": it must not be longer than 5 characters'],
    [{ name: "A" }, 'cannot read "at.name": it must be letters'],
    [{ name: "a", count: 0 }, 'cannot read "at.count": it must be a whole number of at least 1'],
    [{ name: "a", count: null }, 'cannot read "at.count": it must be a whole number of at least 1'],
    [{ name: "a", other: 1 }, 'cannot read "at": it must not have the member other'],
    [{ name: "a", "sk-secret value": 1 }, 'cannot read "at": it must not have the member (unprintable)'],
  ])("refuses %j", (value, message) => {
    expect(() => read(value, "at")).toThrow(message);
  });

  it("does not take an inherited member for a member", () => {
    expect(() => read(Object.create({ name: "abc" }), "")).toThrow('cannot read "name": it must be text');
  });

  it("ignores unknown members where told to", () => {
    expect(readObject<{ a: boolean }>({ a: readBoolean }, { others: "ignore" })({ a: true, b: 1 }, "")).toEqual({
      a: true,
    });
  });
});

describe("the other readers", () => {
  it("names the item of a list", () => {
    expect(readList(readBoolean, 2)([true, false], "on")).toEqual([true, false]);
    expect(() => readList(readBoolean, 2)([true, 1], "on")).toThrow('cannot read "on[1]": it must be true or false');
    expect(() => readList(readBoolean, 2)([true, true, true], "on")).toThrow("must not have more than 2 items");
    expect(() => readList(readBoolean, 2)({ length: 0 }, "on")).toThrow("must be a list");
  });

  it("tells null from missing", () => {
    expect(nullOr(readBoolean)(null, "a")).toBeNull();
    expect(() => nullOr(readBoolean)(undefined, "a")).toThrow("must be true or false");
    expect(optional(readBoolean)(undefined, "a")).toBeUndefined();
    expect(() => optional(readBoolean)(null, "a")).toThrow("must be true or false");
  });

  it.each([1.5, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "1", true])(
    "does not take %p for a whole number",
    (value) => {
      expect(() => readWhole(0)(value, "n")).toThrow('cannot read "n": it must be a whole number of at least 0');
    },
  );

  it("takes one of the words and names all of them otherwise", () => {
    expect(readOneOf(["a", "b"])("b", "w")).toBe("b");
    expect(() => readOneOf(["a", "b"])("c", "w")).toThrow('cannot read "w": it must be a or b');
    expect(() => readOneOf([1])("1", "w")).toThrow('cannot read "w": it must be 1');
  });
});
