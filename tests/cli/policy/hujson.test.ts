// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { HujsonError, parseHujson, plainValue } from "../../../cli/policy/hujson.ts";

const read = (text: string): unknown => plainValue(parseHujson(text));

describe("parseHujson", () => {
  it("reads comments and trailing commas", () => {
    const text = `// before
{ /* in */ "a": [1, -2.5e3, "x // no comment", /* y */], // behind
  "b": { "c": null, "d": true, }, }
/* after */ // and more`;
    expect(read(text)).toEqual({ a: [1, -2500, "x // no comment"], b: { c: null, d: true } });
  });

  it("tells where each value stands", () => {
    const text = '{ "a": [ "x", 2 ] }';
    const root = parseHujson(text);
    const [member] = root.kind === "object" ? root.members : [];
    const list = member?.value;
    const items = list?.kind === "list" ? list.items.map(({ start, end }) => text.slice(start, end)) : [];
    expect([text.slice(list?.start, list?.end), ...items]).toEqual(['[ "x", 2 ]', '"x"', "2"]);
  });

  it("reads all JSON as JSON.parse does", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        expect(JSON.stringify(read(JSON.stringify(value, undefined, 2)))).toBe(JSON.stringify(value));
      }),
    );
  });

  it.each([
    ["nothing", "", "line 1: a value is missing"],
    ["an open object", '{ "a": 1', "line 1: a comma is missing"],
    ["a missing comma", "[1\n 2]", "line 2: a comma is missing"],
    ["two commas", "[1,,2]", "line 1: a value is missing"],
    ["a lone comma", "[,]", "line 1: a value is missing"],
    ["a missing colon", '{"a" 1}', "line 1: a colon is missing"],
    ["a bare name", "{a: 1}", "line 1: a value is missing"],
    ["a number for a name", "{1: 1}", "line 1: a member has no name"],
    ["a malformed number", "[1.2.3]", "line 1: a value is malformed"],
    ["a raw line break in a text", '["a\nb"]', "line 1: a value is missing"],
    ["something behind the end", "{} {}", "line 1: it goes on after its end"],
    ["an open comment", "/* {}", "line 1: a value is missing"],
    ["a deep nest", "[".repeat(200), "line 1: it is nested too deeply"],
  ])("refuses %s and names the line", (_, text, message) => {
    expect(() => parseHujson(text)).toThrow(new HujsonError(message));
  });
});
