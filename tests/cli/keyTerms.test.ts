// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { UserError } from "../../cli/errors.ts";
import { withNewVersion } from "../../cli/keyEntry.ts";
import { changedLimits, readTerms, termsInWords } from "../../cli/keyTerms.ts";
import { currentKeys } from "../../cli/vaultDocument.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { readTime } from "../../protocol/time.ts";

const now = new Date("2026-11-23T12:00:00.000Z");

describe("the terms of a key", () => {
  it.each([
    [{}, null],
    [{ "valid-for": "90m" }, "2026-11-23T13:30:00.000Z"],
    [{ "valid-for": "12h" }, "2026-11-24T00:00:00.000Z"],
    [{ "valid-for": "30d" }, "2026-12-23T12:00:00.000Z"],
    [{ "valid-for": "3650d" }, "2036-11-20T12:00:00.000Z"],
    [{ "not-after": "2030-01-31" }, "2030-01-31T00:00:00Z"],
    [{ "not-after": "2030-01-31T12:00:00+02:00" }, "2030-01-31T12:00:00+02:00"],
    [{ "not-after": "2026-11-23T12:00:01Z" }, "2026-11-23T12:00:01Z"],
  ])("%j end at %s", (values: Record<string, string>, end) => {
    expect(readTerms(values, now)).toEqual({ notAfter: end, limits: {} });
  });

  it.each([
    [{ "valid-for": "30" }, "--valid-for must be a time like 90m, 12h or 30d, at most 3650d"],
    [{ "valid-for": "0d" }, "--valid-for must be a time like 90m, 12h or 30d, at most 3650d"],
    [{ "valid-for": "-1d" }, "--valid-for must be a time like 90m, 12h or 30d, at most 3650d"],
    [{ "valid-for": "3651d" }, "--valid-for must be a time like 90m, 12h or 30d, at most 3650d"],
    [{ "valid-for": "1y" }, "--valid-for must be a time like 90m, 12h or 30d, at most 3650d"],
    [{ "valid-for": "1.5d" }, "--valid-for must be a time like 90m, 12h or 30d, at most 3650d"],
    [{ "not-after": "tomorrow" }, "--not-after must be a day like 2030-01-31 or a time like 2030-01-31T12:00:00Z"],
    [{ "not-after": "2030-02-30" }, "--not-after must be a day like 2030-01-31 or a time like 2030-01-31T12:00:00Z"],
    [{ "not-after": "2026-11-23T12:00:00Z" }, "--not-after 2026-11-23T12:00:00Z is not in the future"],
    [{ "not-after": "2025-01-01" }, "--not-after 2025-01-01T00:00:00Z is not in the future"],
    [{ "not-after": "2030-01-31", "valid-for": "1d" }, "--valid-for and --not-after say the same thing twice"],
    [{ "requests-per-day": "0" }, "--requests-per-day must be a whole number from 1 up, or none"],
    [{ "requests-per-day": "1e3" }, "--requests-per-day must be a whole number from 1 up, or none"],
    [{ "tokens-per-day": "-5" }, "--tokens-per-day must be a whole number from 1 up, or none"],
    [{ "tokens-per-day": "9".repeat(16) }, "--tokens-per-day must be a whole number from 1 up, or none"],
  ])("%j are refused: %s", (values: Record<string, string>, message) => {
    expect(() => readTerms(values, now)).toThrow(new UserError(message));
  });

  it("that a period gives are always a time that the daemon can read", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3650 }), fc.constantFrom("m", "h", "d"), (count, unit) => {
        const { notAfter } = readTerms({ "valid-for": `${count}${unit}` }, now);
        expect(readTime(notAfter, "")).toBe(notAfter);
        expect(Date.parse(notAfter ?? "")).toBeGreaterThan(now.getTime());
      }),
    );
  });

  it.each([
    [null, {}, "for 30 days from each push"],
    ["2030-01-31T00:00:00Z", { requestsPerDay: 500 }, "until 2030-01-31T00:00:00Z, 500 requests a day"],
    [null, { requestsPerDay: 5, tokensPerDay: 9 }, "for 30 days from each push, 5 requests a day, 9 tokens a day"],
  ])("%j and %j are in words: %s", (notAfter, limits, words) => {
    expect(termsInWords(notAfter, limits)).toBe(words);
  });
});

describe("limits", () => {
  it.each([
    [undefined, {}, undefined],
    [undefined, { requestsPerDay: 5 }, { requestsPerDay: 5 }],
    [{ requestsPerDay: 5 }, {}, { requestsPerDay: 5 }],
    [{ requestsPerDay: 5 }, { tokensPerDay: 9 }, { requestsPerDay: 5, tokensPerDay: 9 }],
    [{ requestsPerDay: 5, tokensPerDay: 9 }, { requestsPerDay: 6 }, { requestsPerDay: 6, tokensPerDay: 9 }],
    [{ requestsPerDay: 5, tokensPerDay: 9 }, { requestsPerDay: null }, { tokensPerDay: 9 }],
    [{ requestsPerDay: 5 }, { requestsPerDay: null }, undefined],
    [undefined, { requestsPerDay: null }, undefined],
  ])("%j changed by %j are %j", (before, change, after) => {
    expect(changedLimits(before, change)).toEqual(after);
  });

  it("go on with the next version of a key, and its expiry does not", () => {
    const entry = { name: "anthropic", agent: "a1", value: Sensitive.from("sk-1"), created: now.toISOString() };
    const terms = { notAfter: "2030-01-31T00:00:00Z", limits: { requestsPerDay: 5 } };
    const first = withNewVersion({ recipients: [], keys: [] }, { ...entry, terms }, "none");
    expect(currentKeys(first)).toMatchObject([{ version: 1, notAfter: terms.notAfter, limits: terms.limits }]);
    const rotated = withNewVersion(first, entry, "newest");
    expect(currentKeys(rotated)).toMatchObject([{ version: 2, notAfter: null, limits: { requestsPerDay: 5 } }]);
    const lifted = { notAfter: null, limits: { requestsPerDay: null } };
    expect(currentKeys(withNewVersion(rotated, { ...entry, terms: lifted }, "none"))[0]).not.toHaveProperty("limits");
  });
});
