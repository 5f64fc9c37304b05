// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { JsonNumbers } from "../../broker/jsonNumbers.ts";

function find(text: string): readonly (readonly [path: string, value: number])[] {
  const found: (readonly [string, number])[] = [];
  const numbers = new JsonNumbers((path, value) => found.push([path, value]));
  numbers.push(Buffer.from(text));
  numbers.end();
  return found;
}

/** Whole numbers of a value that are members of objects at most five levels deep, in order. */
function expected(value: unknown, path: readonly string[] = []): readonly (readonly [string, number])[] {
  if (typeof value !== "object" || value === null || path.length >= 5) return [];
  const isList = Array.isArray(value);
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    const place = [...path, isList ? "[]" : name];
    const isWanted = !isList && Number.isSafeInteger(member) && Number(member) >= 0;
    return isWanted ? [[place.join("."), Number(member)] as const] : expected(member, place);
  });
}

describe("JsonNumbers", () => {
  it("tells each whole number with its path, lists as brackets", () => {
    expect(find('{"a":1,"b":{"c":[{"d":2}]},"e":[3],"f":-1,"g":1.5,"h":2e3,"i":true}')).toEqual([
      ["a", 1],
      ["b.c.[].d", 2],
      ["h", 2000],
    ]);
  });

  it("keeps neither the text nor the depth of what is deeper than five levels", () => {
    const deep = '{"x":'.repeat(200_000);
    expect(find(`{"a":${deep}1${"}".repeat(200_000)},"b":2}`)).toEqual([["b", 2]]);
  });

  it("starts anew after the end of a document that was broken off", () => {
    const found: unknown[] = [];
    const numbers = new JsonNumbers((path, value) => found.push([path, value]));
    for (const text of ['{"a":{"b":"', '{"c":12', '{"d":3}']) {
      numbers.push(Buffer.from(text));
      numbers.end();
    }
    expect(found).toEqual([
      ["c", 12],
      ["d", 3],
    ]);
  });

  it("finds in any document what a whole parser finds", () => {
    const name = fc.stringMatching(/^[a-z _]{1,8}$/);
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 7, withCrossShrink: true },
        fc.oneof(
          fc.nat(),
          fc.integer(),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          fc.string(),
          fc.boolean(),
          fc.constant(null),
        ),
        fc.dictionary(name, tie("tree"), { maxKeys: 4 }),
        fc.array(tie("tree"), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(name, tree), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        const short = (list: ReturnType<typeof find>): unknown => list.filter(([, number]) => number < 1e15);
        expect(short(find(text))).toEqual(short(expected(JSON.parse(text))));
      }),
      { numRuns: 1000 },
    );
  });
});
