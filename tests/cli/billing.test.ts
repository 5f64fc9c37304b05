// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { costSince, ttlOf } from "../../cli/billing.ts";
import { dollarsInWords, readMoney, toDollars } from "../../cli/money.ts";
import { ageInWords, leftInWords, spanInWords } from "../../cli/timeInWords.ts";

const price = { monthly: 600_000, hourly: 893 };
const HOUR = 3_600_000;
const at = (text: string): number => Date.parse(text);
const cost = (from: string, to: string): number => costSince(price, at(from), at(to));

describe("the cost of a droplet", () => {
  it.each([
    ["2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z", 0],
    ["2026-11-01T00:00:00Z", "2026-10-01T00:00:00Z", 0],
    // Whatever lived at all costs a cent.
    ["2026-11-01T00:00:00Z", "2026-11-01T00:00:01Z", 1000],
    ["2026-11-01T00:00:00Z", "2026-11-01T02:00:00Z", 2 * 893],
    ["2026-11-01T00:00:00Z", "2026-11-01T02:30:00Z", 2233],
    ["2026-11-01T00:00:00Z", "2026-11-13T00:00:00Z", 12 * 24 * 893],
    // 672 hours are the price of the month but for the rounding of the hour's price.
    ["2026-11-01T00:00:00Z", "2026-11-29T00:00:00Z", 600_000],
    ["2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", 600_000],
    ["2026-11-01T00:00:00Z", "2026-12-01T01:00:00Z", 600_893],
    ["2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 12 * 600_000],
    ["2026-11-30T23:30:00Z", "2026-12-01T01:00:00Z", 447 + 893],
    ["2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z", 600_000],
  ])("from %s to %s is %d", (from, to, expected) => {
    expect(cost(from, to)).toBe(expected);
  });

  it("is exact, never falls with time, and never exceeds the price by the hour or by the month", () => {
    const time = fc.integer({ min: 0, max: 5 * 366 * 24 }).map((hours) => at("2024-01-01T00:00:00Z") + hours * HOUR);
    fc.assert(
      fc.property(time, fc.integer({ min: 2, max: 20_000 }), fc.integer({ min: 1, max: 90 }), (made, hours, more) => {
        const now = costSince(price, made, made + hours * HOUR);
        expect(Number.isSafeInteger(now)).toBe(true);
        expect(now).toBeLessThanOrEqual(hours * price.hourly);
        expect(now).toBeLessThanOrEqual((Math.floor(hours / 672) + 2) * price.monthly);
        expect(costSince(price, made, made + (hours + more) * HOUR)).toBeGreaterThanOrEqual(now);
      }),
    );
  });

  it("is nothing for what costs nothing", () => {
    expect(costSince({ monthly: 0, hourly: 0 }, 0, HOUR)).toBe(0);
  });
});

describe("an amount", () => {
  it.each([
    [0, "$0.00"],
    [1, "< $0.01"],
    [499, "< $0.01"],
    [500, "$0.01"],
    [893, "$0.01"],
    [1499, "$0.01"],
    [1500, "$0.02"],
    [600_000, "$6.00"],
    [123_456_789, "$1234.57"],
    [999_500, "$10.00"],
  ])("of %d hundred-thousandths is %s", (amount, words) => {
    expect(dollarsInWords(amount)).toBe(words);
  });

  it("is read from dollars and given back in dollars without a loss", () => {
    for (const dollars of [0, 0.00893, 0.1, 6, 84.12345]) expect(toDollars(readMoney(dollars, ""))).toBe(dollars);
    // Adding dollars as such would not do.
    expect(toDollars(readMoney(0.1, "") + readMoney(0.2, ""))).toBe(0.3);
  });

  it.each([[-1], [Number.NaN], [1e9], ["6"], [null]])("%j is none", (value) => {
    expect(() => readMoney(value, "price")).toThrow("must be an amount of money");
  });
});

describe("the time that an agent has", () => {
  const now = new Date("2026-11-23T12:00:00Z");

  it("is counted from its making", () => {
    expect(ttlOf(36, "2026-11-22T12:00:00Z", now)).toEqual({
      ...{ hours: 36, endsAt: "2026-11-24T00:00:00.000Z", secondsLeft: 12 * 3600 },
    });
    expect(ttlOf(12, "2026-11-22T12:00:00Z", now)).toMatchObject({ secondsLeft: -12 * 3600 });
  });

  it("is none when nobody named one, and unknown when nobody knows when it was made", () => {
    expect([ttlOf(null, null, now), ttlOf(1, null, now), ttlOf(1, "x", now)]).toEqual([null, "unknown", "unknown"]);
    expect(ttlOf(9e15, "2026-11-22T12:00:00Z", now)).toBe("unknown");
  });
});

describe("a time in words", () => {
  it.each([
    [0, "0 s"],
    [119_999, "119 s"],
    [120_000, "2 min"],
    [2 * HOUR - 1, "119 min"],
    [2 * HOUR, "2 h"],
    [48 * HOUR - 1, "47 h"],
    [48 * HOUR, "2 d"],
    [-12.9 * 24 * HOUR, "12 d"],
  ])("of %d ms is %s", (span, words) => {
    expect(spanInWords(span)).toBe(words);
  });

  it("says what is over, what is in the future by a clock that is behind, and what cannot be read", () => {
    const now = new Date("2026-11-23T12:00:00Z");
    expect(leftInWords("2026-11-23T12:00:00Z", now)).toBe("over");
    expect(leftInWords("2026-12-05T13:00:00Z", now)).toBe("12 d");
    expect(ageInWords("2026-11-23T12:00:09Z", now)).toBe("0 s");
    expect([ageInWords("x", now), leftInWords("", now)]).toEqual(["unknown", "unknown"]);
  });
});
