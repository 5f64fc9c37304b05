// SPDX-License-Identifier: Apache-2.0
import { armor } from "age-encryption";
import fc from "fast-check";
import { AgeFailure } from "../../../protocol/age/ageFailure.ts";
import { removeArmor } from "../../../protocol/age/armor.ts";

const BEGIN = "-----BEGIN AGE ENCRYPTED FILE-----";
const END = "-----END AGE ENCRYPTED FILE-----";

function decode(text: string): string {
  try {
    return removeArmor(Buffer.from(text, "latin1")).toString("latin1");
  } catch (error) {
    if (error instanceof AgeFailure) return error.kind;
    throw error;
  }
}

describe("armor", () => {
  it("is taken off whatever the age-encryption package puts it on, with LF and with CRLF, with white space around", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
        const text = armor.encode(bytes);
        const plain = Buffer.from(bytes).toString("latin1");
        expect(decode(text)).toBe(plain);
        expect(decode(text.replaceAll("\n", "\r\n"))).toBe(plain);
        expect(decode(` \t\r\n\n${text}\n \t\n`)).toBe(plain);
      }),
    );
  });

  it("says the same as that package to texts that are nearly armor", () => {
    const line = fc.constantFrom(
      BEGIN,
      END,
      "QUJD",
      "QUI=",
      "QUJ=",
      "Q",
      "",
      " QUJD",
      "A".repeat(64),
      "A".repeat(65),
      "=",
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), fc.constantFrom("\n", "\r\n", "\n\n", "\r"), (lines, end) => {
        const text = lines.join(end);
        const theirs = ((): string => {
          try {
            return Buffer.from(armor.decode(text)).toString("latin1");
          } catch {
            return "armor";
          }
        })();
        expect(decode(text)).toBe(theirs);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["another first line", `-----BEGIN AGE FILE-----\nQUJD\n${END}`],
    ["no last line", `${BEGIN}\nQUJD\n`],
    ["a short line before the last", `${BEGIN}\nQUJD\nQUJD\n${END}`],
    ["unused bits that are not zero", `${BEGIN}\nQUJ=\n${END}`],
    ["base64 of URLs", `${BEGIN}\nQU-_\n${END}`],
    ["a header line", `${BEGIN}\nVersion: 1\n\nQUJD\n${END}`],
  ])("is refused with %s", (_, text) => {
    expect(decode(text)).toBe("armor");
  });
});
