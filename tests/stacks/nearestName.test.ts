// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";

import { editDistance, nearestName } from "../../stacks/nearestName.ts";

describe("nearestName", () => {
  it.each([
    ["sise", "size"],
    ["Regoin", "region"],
    ["provider", "providers"],
  ])("takes %s for %s", (typed, meant) => {
    expect(nearestName(typed, ["size", "region", "providers"])).toBe(meant);
  });

  it("suggests nothing for a word that is far from all", () => {
    expect(nearestName("firewall", ["size", "region"])).toBeUndefined();
    expect(nearestName("size", [])).toBeUndefined();
  });
});

describe("editDistance", () => {
  it.each([
    ["", "", 0],
    ["a", "", 1],
    ["kitten", "sitting", 3],
    ["flaw", "lawn", 2],
  ])("of %j and %j is %d", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it("is a metric: 0 only for equals, the same both ways, no longer by a detour", () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      }),
    );
  });
});
