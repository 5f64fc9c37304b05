// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { readCanonicalJson } from "../../protocol/canonicalJson.ts";
import { ParseError } from "../../protocol/parseError.ts";
import { parseJson } from "../../protocol/parseJson.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

const options = { maxDepth: 4, sensitiveMembers: ["value", "privateKey"] };
const read = (text: string): unknown => readCanonicalJson(Buffer.from(text), options);

/** What a text means to the fast reader with the strict one behind it, and to the strict one alone: a space is never canonical. */
function meanings(text: string): readonly [unknown, unknown] {
  const meaning = (given: string): unknown => {
    try {
      return shown(parseJson(Buffer.from(given), options));
    } catch (error) {
      return error instanceof ParseError ? "refused" : error;
    }
  };
  return [meaning(text), meaning(` ${text}`)];
}

/** A document as text, and its secrets beside it. */
function shown(value: unknown): string {
  return JSON.stringify([value, secretsIn(value)]);
}

function secretsIn(value: unknown): string[] {
  if (value instanceof Sensitive) return [value.reveal()];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(secretsIn);
}

describe("readCanonicalJson", () => {
  it("reads what JSON.stringify wrote, secrets as Sensitive and objects without a prototype", () => {
    const found = read('{"keys":[{"name":"a","value":"s1"},{"value":"s2","privateKey":"s3"}],"n":null,"t":true}');
    expect(secretsIn(found)).toEqual(["s1", "s2", "s3"]);
    expect(JSON.parse(JSON.stringify(found))).toEqual({
      keys: [
        { name: "a", value: "[REDACTED]" },
        { value: "[REDACTED]", privateKey: "[REDACTED]" },
      ],
      n: null,
      t: true,
    });
    expect(Object.getPrototypeOf(found)).toBeNull();
    expect(Object.getPrototypeOf((found as { keys: object[] }).keys[0])).toBeNull();
  });

  it("leaves a member of that name that is no text alone", () => {
    expect(read('{"value":7,"privateKey":null}')).toEqual({ value: 7, privateKey: null });
  });

  it.each([
    ["white space", '{ "a":1}'],
    ["a member named twice", '{"a":1,"a":1}'],
    ["members that JavaScript sorts", '{"b":1,"1":2}'],
    ["a number written in another way", '{"a":1.0}'],
    ["a needless escape", '{"a":"\\u0061"}'],
    ["a name that reaches a prototype", '{"__proto__":{"a":1}}'],
    ["a constructor in the depth", '{"a":{"constructor":1}}'],
    ["too deep a nest", "[[[[[]]]]]"],
    ["a nest deeper than any stack", "[".repeat(200_000) + "]".repeat(200_000)],
    ["a secret with an escape", '{"value":"a\\nb"}'],
    ["a secret with a bare control character", '{"value":"a\nb"}'],
    ["a secret that does not end", '{"value":"a'],
    ["a name that ends like a secret's", '{"\\"value":"a"}'],
    ["a name that ends like a secret's, beside a secret", '{"\\"value":"a","value":"b"}'],
    ["no JSON", '{"a"'],
    ["nothing", ""],
  ])("leaves %s to the strict reader", (_, text) => {
    expect(read(text)).toBeUndefined();
  });

  it("never lets a secret become part of a string", () => {
    const parse = JSON.parse;
    const seen: string[] = [];
    JSON.parse = (text: string) => {
      seen.push(text);
      return parse(text) as unknown;
    };
    try {
      read('{"name":"a","value":"canary-1"}');
      read('{"value":"canary-2","x":');
      expect(() => parseJson(Buffer.from('{"value":"canary\\n3","name":"\\u0061"}'), options)).not.toThrow();
    } finally {
      JSON.parse = parse;
    }
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.join()).not.toContain("canary");
  });
});

describe("the two readers of parseJson", () => {
  const name = fc.oneof(fc.constantFrom("value", "privateKey", '"value', "constructor", "1"), fc.string());
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5, depthSize: "small" },
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.double({ noNaN: true }),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
      ),
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(name, tie("tree"), { maxKeys: 5 }),
    ),
  }));

  it("agree on every document", () => {
    fc.assert(
      fc.property(tree, (document) => {
        const [fast, strict] = meanings(JSON.stringify(document));
        expect(fast).toEqual(strict);
      }),
      { numRuns: 2000 },
    );
  });

  it("agree on every document with one byte changed", () => {
    fc.assert(
      fc.property(
        tree,
        fc.nat(),
        fc.constantFrom('"', "\\", ",", ":", "{", "}", "[", "]", "0", "\n", "é"),
        (document, at, byte) => {
          const text = JSON.stringify(document);
          const place = at % (text.length + 1);
          const [fast, strict] = meanings(text.slice(0, place) + byte + text.slice(place + 1));
          expect(fast).toEqual(strict);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
