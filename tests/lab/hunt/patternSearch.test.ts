// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import type { Pattern } from "../../../lab/hunt/needleForms.ts";
import { preparePatternSearch } from "../../../lab/hunt/patternSearch.ts";

const pattern = (bytes: Uint8Array): Pattern => ({ needleName: "n", form: "raw", bytes: Buffer.from(bytes) });
const named = (text: string): Pattern => pattern(Buffer.from(text));

/** Finds by trying every place. */
function naive(patterns: readonly Pattern[], text: Buffer): readonly string[] {
  return patterns
    .flatMap(({ bytes }) => {
      const offsets = Array.from({ length: text.length + 1 }, (_, offset) => offset);
      return offsets
        .filter((offset) => text.subarray(offset, offset + bytes.length).equals(bytes))
        .map((offset) => `${offset}:${bytes.toString("hex")}`);
    })
    .sort();
}

function found(patterns: readonly Pattern[], pieces: readonly Buffer[]): readonly string[] {
  const search = preparePatternSearch(patterns)();
  return pieces
    .flatMap((piece) => search.push(piece).map((hit) => `${hit.offset}:${hit.pattern.bytes.toString("hex")}`))
    .sort();
}

/** Cuts a text at the given places. */
function cut(text: Buffer, places: readonly number[]): readonly Buffer[] {
  const ends = [...new Set([...places.map((place) => place % (text.length + 1)), text.length])].sort((a, b) => a - b);
  return ends.map((end, index) => text.subarray(ends[index - 1] ?? 0, end));
}

describe("preparePatternSearch", () => {
  it("finds every pattern of any length, overlapping ones too, with its offset in the whole text", () => {
    const patterns = ["abab", "babab", "xyz"].map(named);
    expect(found(patterns, [Buffer.from("ababab"), Buffer.from("xyz")])).toEqual(
      naive(patterns, Buffer.from("abababxyz")),
    );
  });

  it("finds each hit once when it lies in what is kept from the piece before", () => {
    const patterns = [named("key"), named("a much longer pattern")];
    expect(
      found(
        patterns,
        ["..key", ".", ".", ".", "."].map((text) => Buffer.from(text)),
      ),
    ).toEqual(["2:6b6579"]);
  });

  it("finds what is spread over many pieces", () => {
    const secret = "sk-0123456789";
    const pieces = Array.from(Buffer.from(`..${secret}..`), (byte) => Buffer.of(byte));
    expect(found([named(secret)], pieces)).toEqual([`2:${Buffer.from(secret).toString("hex")}`]);
  });

  it("keeps nothing of a piece that is overwritten afterwards", () => {
    const search = preparePatternSearch([named("secret")])();
    const piece = Buffer.from("...sec");
    expect(search.push(piece)).toEqual([]);
    piece.fill(0);
    expect(search.push(Buffer.from("ret")).map(({ offset }) => offset)).toEqual([3]);
  });

  it("searches each text from its own beginning", () => {
    const newSearch = preparePatternSearch([named("secret")]);
    expect(newSearch().push(Buffer.from("sec"))).toEqual([]);
    expect(newSearch().push(Buffer.from("ret"))).toEqual([]);
  });

  it("refuses to search for nothing", () => {
    expect(() => preparePatternSearch([])).toThrow("cannot search: there is no pattern, or one of a single byte");
    expect(() => preparePatternSearch([named("x")])).toThrow("cannot search");
  });

  it("finds exactly what trying every place finds, wherever the text is cut", () => {
    // Few different bytes, so that patterns overlap themselves, each other and the cuts.
    const bytes = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
      fc.uint8Array({ min: 0, max: 2, minLength, maxLength });
    const patterns = fc.uniqueArray(bytes(2, 7), { minLength: 1, maxLength: 5, selector: (each) => each.join() });
    fc.assert(
      fc.property(patterns, bytes(0, 120), fc.array(fc.nat(), { maxLength: 12 }), (wanted, text, places) => {
        const all = wanted.map(pattern);
        expect(found(all, cut(Buffer.from(text), places))).toEqual(naive(all, Buffer.from(text)));
      }),
      { numRuns: 2000 },
    );
  });

  it("finds a long secret at every possible cut", () => {
    const secret = Buffer.from("sk-ant-api03-ThisIsNoRealKey");
    const text = Buffer.concat([Buffer.alloc(40, "."), secret, Buffer.alloc(40, ".")]);
    for (let place = 0; place <= text.length; place += 1) {
      expect(found([pattern(secret)], cut(text, [place]))).toEqual([`40:${secret.toString("hex")}`]);
    }
  });
});
