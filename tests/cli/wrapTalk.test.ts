// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { coloured } from "../../cli/textStyle.ts";
import { widthOf } from "../../cli/textWidth.ts";
import { wrapTalk } from "../../cli/wrapTalk.ts";

describe("talk at a terminal", () => {
  it("is broken at spaces, and what follows is indented", () => {
    expect(wrapTalk("claws: hint: get a new one at https://console.example/settings/keys and drop it", 40)).toBe(
      ["claws: hint: get a new one at", "  https://console.example/settings/keys", "  and drop it"].join("\n"),
    );
  });

  it.each([
    ["fits", "claws: error: short", 40],
    ["fits to the last column", "x".repeat(40), 40],
    ["is one long word", "https://console.example/settings/keys/of/the/owner", 20],
    ["is for a terminal of no useful width", "claws: error: much longer than that", 5],
  ])("stays as it is when it %s", (_, text, columns) => {
    expect(wrapTalk(text, columns)).toBe(text);
  });

  it("keeps line breaks, and counts colours as nothing and wide characters as two", () => {
    expect(wrapTalk("first\n  second line that is longer\nthird", 22)).toBe(
      "first\n  second line that is\n    longer\nthird",
    );
    const weak = coloured.weak("word");
    expect(wrapTalk(`${weak} ${weak} ${weak} ${weak}`, 20)).toBe(`${weak} ${weak} ${weak} ${weak}`);
    expect(wrapTalk("漢字漢字 漢字漢字漢字漢字", 22)).toBe("漢字漢字\n  漢字漢字漢字漢字");
  });

  it("loses no word and is no wider than the terminal, but for words that are", () => {
    const words = fc.array(fc.stringMatching(/^[!-~]{1,30}$/), { minLength: 1, maxLength: 20 });
    const property = fc.property(words, fc.integer({ min: 20, max: 100 }), (all, columns) => {
      const wrapped = wrapTalk(all.join(" "), columns);
      expect(wrapped.split(/\s+/)).toEqual(all);
      const longest = Math.max(...all.map(widthOf)) + 2;
      for (const line of wrapped.split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(Math.max(columns, longest));
    });
    fc.assert(property, { numRuns: 300 });
  });
});
