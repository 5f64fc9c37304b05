// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { ParseError } from "../../protocol/parseError.ts";
import { parseJson, type ParseJsonOptions } from "../../protocol/parseJson.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

const parse = (text: string, options?: ParseJsonOptions): unknown => parseJson(Buffer.from(text), options);

/** Both parsers' word on a text: the value, or that it is refused. */
function outcome(run: () => unknown): unknown {
  try {
    return { value: JSON.stringify(run()) };
  } catch {
    return "refused";
  }
}

describe("parseJson", () => {
  it.each([
    ["null", null],
    ["true", true],
    [" [ 1 , -2.5e3 , 0 ] ", [1, -2500, 0]],
    ['"a\\u00e9\\n\\\\\\"/"', 'aé\n\\"/'],
    ['{"a":{"b":[]},"c":{}}', { a: { b: [] }, c: {} }],
    ["9007199254740993", 9007199254740992],
  ])("reads %s", (text, value) => {
    expect(parse(text)).toEqual(value);
  });

  it.each([
    ["a member named twice", '{"a":1,"a":1}'],
    ["a member named twice, once escaped", '{"a":1,"\\u0061":2}'],
    ["__proto__", '{"__proto__":{"isAdmin":true}}'],
    ["__proto__ escaped", '{"\\u005f_proto__":1}'],
    ["constructor, deep", '[{"a":{"constructor":1}}]'],
    ["prototype", '{"prototype":1}'],
    ["a number beyond the range", "1e999"],
    ["a number with a plus", "+1"],
    ["a number with a leading zero", "01"],
    ["a number with a bare point", "1."],
    ["a number of 41 digits", "1".repeat(41)],
    ["NaN", "NaN"],
    ["a word cut short", "tru"],
    ["a word too long", "nullx"],
    ["two values", "1 2"],
    ["a trailing comma", "[1,]"],
    ["a trailing comma in an object", '{"a":1,}'],
    ["a missing comma", "[1 2]"],
    ["a missing colon", '{"a" 1}'],
    ["a bare name", "{a:1}"],
    ["single quotes", "['a']"],
    ["a comment", "[1]//x"],
    ["an open list", "[1"],
    ["an open string", '"abc'],
    ["a string that ends in a backslash", '"abc\\'],
    ["a raw line feed in a string", '"a\nb"'],
    ["an unknown escape", '"\\x41"'],
    ["nothing", ""],
    ["white space", " \n"],
    ["a byte order mark", "\ufeff1"],
    ["a no-break space", "\u00a01"],
    ["a vertical tab", "\u000b1"],
  ])("refuses %s", (_name, text) => {
    expect(() => parse(text)).toThrow(ParseError);
  });

  it("refuses bytes that are not UTF-8", () => {
    expect(() => parseJson(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toThrow(
      "cannot read the document: it must be UTF-8",
    );
    expect(() => parseJson(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))).toThrow("must be UTF-8");
  });

  it("refuses one byte more than allowed, and takes the last allowed one", () => {
    expect(parse('"abc"', { maxBytes: 5 })).toBe("abc");
    expect(() => parse('"abcd"', { maxBytes: 5 })).toThrow("it must not be longer than 5 bytes");
  });

  it("refuses one level more than allowed, and never overflows the stack", () => {
    expect(parse("[[]]", { maxDepth: 2 })).toEqual([[]]);
    expect(() => parse("[[[]]]", { maxDepth: 2 })).toThrow("must not nest deeper than 2 levels");
    expect(() => parse("[".repeat(60_000))).toThrow("must not nest deeper than 16 levels");
  });

  it("gives objects no prototype, so a look-up finds only what was written", () => {
    const object = parse('{"a":1}') as Record<string, unknown>;

    expect(Object.getPrototypeOf(object)).toBeNull();
    expect("toString" in object).toBe(false);
    expect(({} as Record<string, unknown>)["isAdmin"]).toBeUndefined();
  });

  it("names the place but never the text in its error", () => {
    expect(() => parse('{"value":sk-canary}')).toThrow('cannot read "byte 9": it must have a value here');
  });

  it("turns named string members into Sensitive and leaves the others", () => {
    const read = parse('{"value":"sk-\\"\\u0041","name":"value"}', { sensitiveMembers: ["value"] }) as Record<
      string,
      unknown
    >;

    expect(read["value"]).toBeInstanceOf(Sensitive);
    expect((read["value"] as Sensitive).reveal()).toBe('sk-"A');
    expect(read["name"]).toBe("value");
  });

  it("leaves a sensitive member that is no string as it is, for the reader to refuse", () => {
    expect(parse('{"value":12}', { sensitiveMembers: ["value"] })).toEqual({ value: 12 });
  });

  it("agrees with JSON.parse on every document that it accepts", () => {
    const documents = fc.json({ maxDepth: 6 }).filter((text) => !/__proto__|constructor|prototype/.test(text));
    fc.assert(
      fc.property(documents, (text) => {
        expect(parse(text, { maxDepth: 32 })).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it("accepts nothing that JSON.parse refuses", () => {
    const pieces = ["{", "}", "[", "]", ",", ":", '"a"', '"b"', "1", "-", "0.5", "e", "true", "null", " ", "\\", '"'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
        const text = parts.join("");
        const ours = outcome(() => parse(text));
        const theirs = outcome(() => JSON.parse(text) as unknown);
        // Stricter is right (a member named twice), looser never is.
        expect(["refused", theirs]).toContainEqual(ours);
      }),
      { numRuns: 2000 },
    );
  });

  it("fails with a ParseError and nothing else on arbitrary bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        let thrown: unknown = null;
        try {
          parseJson(bytes);
        } catch (error) {
          thrown = error;
        }
        expect(thrown === null || thrown instanceof ParseError).toBe(true);
      }),
    );
  });
});
