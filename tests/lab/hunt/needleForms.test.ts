// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import type { NeedleForm } from "../../../lab/hunt/needleForms.ts";
import { renderForms } from "../../../lab/hunt/needleForms.ts";

const forms = (value: string): readonly (readonly [NeedleForm, string])[] =>
  renderForms({ name: "key", value }).map(({ form, bytes }) => [form, bytes.toString("utf8")]);
const secret = fc.string({ unit: "binary", minLength: 8, maxLength: 60 }).filter((value) => value.isWellFormed());

describe("renderForms", () => {
  it("writes a secret in every form, doubles once and under the plainest name", () => {
    expect(forms("ab/c?d+é")).toEqual([
      ["raw", "ab/c?d+é"],
      ["base64", "YWIvYz9kK8Op"],
      ["base64", "FiL2M/ZCvDq"],
      ["base64", "hYi9jP2Qrw6"],
      ["base64url", "FiL2M_ZCvDq"],
      ["url", "ab%2Fc%3Fd%2B%C3%A9"],
      ["url", "ab%2fc%3fd%2b%c3%a9"],
      ["json", "ab\\/c?d+é"],
      ["hex", "61622f633f642bc3a9"],
      ["hex", "61622F633F642BC3A9"],
    ]);
  });

  it("escapes as JSON does, and as Go's JSON does", () => {
    expect(forms('say "<hi>"\n')).toEqual(
      expect.arrayContaining([
        ["json", 'say \\"<hi>\\"\\n'],
        ["json", 'say \\"\\u003chi\\u003e\\"\\n'],
      ]),
    );
  });

  it("refuses what is found by chance, and does not repeat it", () => {
    expect(() => renderForms({ name: "key", value: "seven77" })).toThrow('cannot hunt for "key": shorter than 8 bytes');
  });

  it("has a Base64 form that is in the Base64 text of anything around the secret", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9 }), secret, fc.uint8Array({ maxLength: 9 }), (before, value, after) => {
        const text = Buffer.concat([before, Buffer.from(value), after]);
        const all = forms(value);
        const found = (form: string, encoded: string): boolean =>
          all.some(([name, part]) => name.startsWith(form) && encoded.includes(part));
        expect(found("base64", text.toString("base64"))).toBe(true);
        expect(found("base64", text.toString("base64url"))).toBe(true);
      }),
    );
  });

  it("has the forms that encoders of this language write", () => {
    fc.assert(
      fc.property(secret, (value) => {
        const texts = forms(value).map(([, text]) => text);
        expect(texts).toEqual(
          expect.arrayContaining([
            value,
            encodeURIComponent(value),
            JSON.stringify(value).slice(1, -1),
            Buffer.from(value).toString("hex"),
          ]),
        );
        expect(new Set(texts).size).toBe(texts.length);
      }),
    );
  });
});
