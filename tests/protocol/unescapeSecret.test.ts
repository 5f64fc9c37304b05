// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { unescapeSecret } from "../../protocol/unescapeSecret.ts";

describe("unescapeSecret", () => {
  it("gives back any ASCII text that JSON.stringify wrote", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), (text) => {
        expect(unescapeSecret(Buffer.from(JSON.stringify(text).slice(1, -1)))?.reveal()).toBe(text);
      }),
    );
  });

  it("gives back UTF-8 that stands there unescaped", () => {
    expect(unescapeSecret(Buffer.from("schlüssel-😀"))?.reveal()).toBe("schlüssel-😀");
  });

  it.each(["\\", "\\x41", "\\u00", "\\u0100", "\\uD83D", "a\nb", "\u0000", "\\u004"])("refuses %j", (inside) => {
    expect(unescapeSecret(Buffer.from(inside))).toBeUndefined();
  });
});
