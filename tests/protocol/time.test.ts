// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { readTime } from "../../protocol/time.ts";

describe("readTime", () => {
  it.each([
    "2030-01-31T00:00:00Z",
    "2028-02-29T23:59:59.123Z",
    "2000-02-29T00:00:00+14:00",
    "2026-11-23T04:05:06.123456789-00:30",
  ])("takes %s", (text) => {
    expect(readTime(text, "t")).toBe(text);
  });

  it.each([
    "2030-01-31",
    "2030-01-31 00:00:00Z",
    "2030-01-31t00:00:00z",
    "2030-01-31T00:00:00",
    "2030-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2030-13-01T00:00:00Z",
    "2030-00-01T00:00:00Z",
    "2030-01-00T00:00:00Z",
    "2030-01-31T24:00:00Z",
    "2030-01-31T00:60:00Z",
    "2030-01-31T00:00:60Z",
    "2030-01-31T00:00:00.Z",
    "2030-01-31T00:00:00+24:00",
    "2030-01-31T00:00:00Z ",
    "",
    1,
    null,
  ])("refuses %p", (value) => {
    expect(() => readTime(value, "t")).toThrow('cannot read "t": it must be a time like 2030-01-31T00:00:00Z');
  });

  it("takes every time that Date writes", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true }), (date) => {
        expect(readTime(date.toISOString(), "t")).toBe(date.toISOString());
      }),
    );
  });
});
