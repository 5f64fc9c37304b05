// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { ApiError } from "../../../lab/digitalocean/apiError.ts";
import { Fields } from "../../../lab/digitalocean/fields.ts";

function failureOf(read: () => unknown): { status: number; message: string } {
  try {
    read();
  } catch (error) {
    if (error instanceof ApiError) return { status: error.status, message: error.message };
  }
  throw new Error("it did not fail as an ApiError");
}

describe("Fields", () => {
  it.each([undefined, null, 1, "text", true, [], [{}]])("takes %j for no object: 400", (body) => {
    expect(failureOf(() => new Fields(body))).toEqual({ status: 400, message: "error parsing request body" });
  });

  it("reads each kind", () => {
    const fields = new Fields({
      t: "x",
      f: false,
      l: [1, "a"],
      ts: ["a"],
      is: [1, 2],
      os: [{ a: "1" }],
      o: { b: "2" },
    });
    expect(fields.text("t")).toBe("x");
    expect(fields.flag("f", true)).toBe(false);
    expect(fields.list("l")).toEqual([1, "a"]);
    expect(fields.texts("ts")).toEqual(["a"]);
    expect(fields.integers("is")).toEqual([1, 2]);
    expect(fields.objects("os").map((item) => item.text("a"))).toEqual(["1"]);
    expect(fields.optionalObject("o")?.text("b")).toBe("2");
  });

  it("takes null for absent and absent lists for empty ones", () => {
    const fields = new Fields({ a: null });
    expect(fields.has("a")).toBe(false);
    expect(fields.optionalText("a")).toBeUndefined();
    expect(fields.flag("a", true)).toBe(true);
    expect(fields.texts("a")).toEqual([]);
    expect(fields.objects("b")).toEqual([]);
    expect(fields.optionalObject("a")).toBeUndefined();
  });

  it.each([
    ["text", "a", { a: 1 }, "a must be a string"],
    ["text", "a", {}, "a is required"],
    ["text", "a", { a: "" }, "a is required"],
    ["optionalFlag", "a", { a: "true" }, "a must be a boolean"],
    ["list", "a", { a: {} }, "a must be an array"],
    ["texts", "a", { a: ["x", 1] }, "a must be an array of strings"],
    ["integers", "a", { a: [1.5] }, "a must be an array of integers"],
    ["integers", "a", { a: ["1"] }, "a must be an array of integers"],
    ["integers", "a", { a: [1e300] }, "a must be an array of integers"],
    ["objects", "a", { a: [null] }, "a must be an array of objects"],
    ["objects", "a", { a: [[]] }, "a must be an array of objects"],
    ["optionalObject", "a", { a: [] }, "a must be an object"],
    ["optionalObject", "a", { a: "x" }, "a must be an object"],
  ] as const)("%s(%s) of %j: 422, %s", (method, name, body, message) => {
    expect(failureOf(() => new Fields(body)[method](name))).toEqual({ status: 422, message });
  });

  it("names nested members by their path", () => {
    const fields = new Fields({ rules: [{}, { sources: { tags: [1] } }] });
    const sources = fields.objects("rules")[1]?.optionalObject("sources");
    expect(failureOf(() => sources?.texts("tags")).message).toBe("rules[1].sources.tags must be an array of strings");
  });

  it("never takes inherited names for members", () => {
    const fields = new Fields(JSON.parse('{"__proto__":{"name":"evil"}}'));
    expect(fields.has("constructor")).toBe(false);
    expect(fields.has("toString")).toBe(false);
    expect(fields.has("name")).toBe(false);
    expect(fields.optionalObject("__proto__")?.text("name")).toBe("evil");
  });

  it("fails only as an ApiError, whatever the body", () => {
    const readers = ["text", "optionalFlag", "texts", "integers", "objects", "optionalObject"] as const;
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...readers), (body, method) => {
        try {
          new Fields(body)[method]("a");
          return true;
        } catch (error) {
          return error instanceof ApiError;
        }
      }),
    );
  });
});
