// SPDX-License-Identifier: Apache-2.0
import { jest } from "@jest/globals";
import fc from "fast-check";
import { readKeyValue } from "../../protocol/keyValue.ts";
import { ParseError } from "../../protocol/parseError.ts";
import { readSecretDocument } from "../../protocol/secretDocument.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { readObject, readWhole } from "../../protocol/shape.ts";

const reader = readObject<{ readonly value: Sensitive; readonly version: number }>({
  value: readKeyValue,
  version: readWhole(1),
});
const GOOD = '{"value":"sk-canary","version":1}';

/** Every secret that was made. */
const made: Sensitive[] = [];
beforeEach(() => {
  const from = Sensitive.from.bind(Sensitive);
  jest.spyOn(Sensitive, "from").mockImplementation((secret) => {
    const sensitive = from(secret);
    made.push(sensitive);
    return sensitive;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  made.length = 0;
});

const read = (text: string | Uint8Array): { readonly value: Sensitive; readonly version: number } =>
  readSecretDocument(Buffer.from(text), reader, { maxBytes: 200, maxDepth: 2 });
/** The secrets that are still readable. */
const left = (): readonly string[] => made.map((one) => one.reveal()).filter((text) => !/^\0*$/.test(text));

describe("readSecretDocument", () => {
  it.each([GOOD, ` ${GOOD}`])("keeps the one secret of a good document: %j", (text) => {
    const { value, version } = read(text);

    expect([value.reveal(), version, left()]).toEqual(["sk-canary", 1, ["sk-canary"]]);
  });

  it.each([
    ["lacks a member", '{"value":"sk-canary"}'],
    ["has a member that nobody knows", GOOD.replace("{", '{"force":true,')],
    ["has a wrong member", GOOD.replace("1", '"1"')],
    ["has a secret that is no key", GOOD.replace("sk-", "sk ")],
    ["names its secret twice", GOOD.replace("{", '{"value":"sk-other",')],
    ["ends too soon", GOOD.replace("}", "")],
    ["has something behind its end", `${GOOD}x`],
    ["has its secret in the depth", `{"a":${GOOD},"version":1}`],
    ["has a list of secrets", `[${GOOD},${GOOD}]`],
    ["has a name that reaches a prototype behind its secret", GOOD.replace("}", ',"__proto__":1}')],
    ["has a broken secret behind a good one", GOOD.replace("}", ',"a":{"value":"\\x"}}')],
  ])("leaves no secret in memory of a document that %s", (_name, text) => {
    expect(() => read(text)).toThrow(ParseError);
    expect(made.length).toBeGreaterThan(0);
    expect(left()).toEqual([]);
  });

  it("leaves no secret in memory of any document that it refuses", () => {
    const bytes = Array.from('{}[]":,\\v1 é\n');
    fc.assert(
      fc.property(fc.nat(GOOD.length), fc.nat(2), fc.constantFrom("", ...bytes), (at, length, put) => {
        made.length = 0;
        const text = GOOD.slice(0, at) + put + GOOD.slice(at + length);
        let kept: readonly string[] = [];
        try {
          kept = [read(text).value.reveal()];
        } catch (error) {
          if (!(error instanceof ParseError)) throw error;
        }
        expect(left()).toEqual(kept);
      }),
      { numRuns: 1000 },
    );
  });
});
