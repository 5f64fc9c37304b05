// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { isKeyValue, readKeyValue } from "../../protocol/keyValue.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

describe("isKeyValue", () => {
  it("takes printable ASCII of 1 to 4096 bytes", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
          minLength: 1,
        }),
        (key) => {
          expect(isKeyValue(Sensitive.from(key))).toBe(true);
        },
      ),
    );
    expect(isKeyValue(Sensitive.from("k".repeat(4096)))).toBe(true);
  });

  it.each([
    "",
    "k".repeat(4097),
    "a b",
    " a",
    "a\n",
    "a\r\nx-evil: 1",
    "a\0",
    "a\t",
    "\x7f",
    "ключ",
    "a\u00a0",
    "\ufeffa",
  ])("refuses %j", (key) => {
    expect(isKeyValue(Sensitive.from(key))).toBe(false);
  });
});

describe("readKeyValue", () => {
  it("takes a Sensitive only, and its error holds nothing of the value", () => {
    const secret = Sensitive.from("sk-good");

    expect(readKeyValue(secret, "value")).toBe(secret);
    for (const value of ["sk-good", 12, null, undefined, Sensitive.from("sk bad")]) {
      expect(() => readKeyValue(value, "value")).toThrow(
        'cannot read "value": it must be 1 to 4096 printable ASCII characters without spaces',
      );
    }
  });
});
