// SPDX-License-Identifier: Apache-2.0
import { entityTagOf, hasEntity } from "../../../agent-image/daemon/entityTag.ts";

const tag = entityTagOf(Buffer.from("body"));

describe("an entity tag", () => {
  it("is the same for the same body and another for another one", () => {
    expect(tag).toMatch(/^"[A-Za-z0-9_-]{22}"$/);
    expect([entityTagOf(Buffer.from("body")), entityTagOf(Buffer.from("body2"))]).toEqual([
      tag,
      expect.not.stringMatching(tag),
    ]);
  });

  it.each([
    [tag, true],
    [`W/${tag}`, true],
    [`"a", ${tag} ,"b"`, true],
    [undefined, false],
    ["", false],
    ['"a"', false],
    [tag.slice(1, -1), false],
    [`${tag}x`, false],
    ["*", false],
  ])("is found in %j: %s", (header, found) => {
    expect(hasEntity(header, tag)).toBe(found);
  });
});
