// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { lineDiff } from "../../../cli/policy/lineDiff.ts";

describe("lineDiff", () => {
  it("shows changes with two lines around each", () => {
    const before = ["a", "b", "c", "d", "e", "f", "g", "h", "i"].join("\n");
    const after = ["a", "b", "c", "D", "e", "f", "g", "h", "h2", "i"].join("\n");
    expect(lineDiff(before, after)).toEqual([
      "...",
      "  b",
      "  c",
      "- d",
      "+ D",
      "  e",
      "  f",
      "  g",
      "  h",
      "+ h2",
      "  i",
    ]);
  });

  it("is empty for the same text", () => {
    expect(lineDiff("a\nb", "a\nb")).toEqual([]);
  });

  it("turns one text into the other, whatever they are", () => {
    const text = fc.array(fc.constantFrom("x", "y", "z"), { maxLength: 5 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        // With at most five lines, all of them are near a change or the same.
        const lines = lineDiff(before.join("\n"), after.join("\n")).filter((line) => line !== "...");
        const added = lines.filter((line) => line.startsWith("+")).length;
        const removed = lines.filter((line) => line.startsWith("-")).length;
        const same = (list: readonly string[]): number => Math.max(1, list.length);
        expect(added - removed).toBe(same(after) - same(before));
      }),
    );
  });
});
