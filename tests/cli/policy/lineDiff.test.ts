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

  it("shows what was added to a text of 100 000 lines, and keeps no table of them", () => {
    const many = Array.from({ length: 100_000 }, (_, at) => `line ${at}`);
    const after = ["first", ...many, "last"];
    after.splice(5, 1, "line 4,", "added");
    const before = process.memoryUsage.rss();
    expect(lineDiff(many.join("\n"), after.join("\n"))).toEqual([
      ...["+ first", "  line 0", "  line 1", "  line 2", "  line 3", "- line 4", "+ line 4,", "+ added"],
      ...["  line 5", "  line 6", "...", "  line 99998", "  line 99999", "+ last"],
    ]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(500_000_000);
  });

  it("turns a large text into another, whatever they are", () => {
    const line = (seed: number): string => String((seed * 7919) % 1231);
    const before = Array.from({ length: 2500 }, (_, at) => line(at));
    const after = Array.from({ length: 2600 }, (_, at) => line(at * at + 1));
    const lines = lineDiff(before.join("\n"), after.join("\n"));
    const side = (mark: string): readonly string[] => lines.filter((one) => one[0] === mark).map((one) => one.slice(2));
    const count = (all: readonly string[]): number => all.length;
    expect(count(before) - count(side("-"))).toBe(count(after) - count(side("+")));
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
