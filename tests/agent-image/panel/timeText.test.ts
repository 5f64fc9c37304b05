// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { loadPanelModule } from "../../support/panelModule.ts";

interface TimeText {
  readonly spanText: (milliseconds: number) => string;
  readonly distanceText: (time: string, now: Date) => string;
  readonly momentText: (time: string) => string;
}
const { spanText, distanceText, momentText } = await loadPanelModule<TimeText>("timeText.js");
const NOW = new Date("2030-01-31T12:00:00Z");

describe("a span", () => {
  it.each([
    [0, "under a minute"],
    [-5000, "under a minute"],
    [59_999, "under a minute"],
    [60_000, "1 minute"],
    [3_599_999, "59 minutes"],
    [3_600_000, "1 hour"],
    [86_399_999, "23 hours"],
    [86_400_000, "1 day"],
    [30 * 86_400_000, "30 days"],
  ])("of %d ms is %s", (milliseconds, text) => expect(spanText(milliseconds)).toBe(text));
});

describe("a distance", () => {
  it("says whether it is past or to come", () => {
    expect(distanceText("2030-01-31T14:00:00Z", NOW)).toBe("in 2 hours");
    expect(distanceText("2030-01-29T12:00:00Z", NOW)).toBe("2 days ago");
    expect(distanceText("2030-01-31T12:00:00Z", NOW)).toBe("under a minute ago");
  });
});

describe("a moment", () => {
  it("is in UTC and to the second", () => {
    expect(momentText("2030-01-31T12:00:00.123+02:00")).toBe("2030-01-31 10:00:00 UTC");
  });

  it("has the same form for every time", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date("2200-01-01"), noInvalidDate: true }), (date) => {
        expect(momentText(date.toISOString())).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
      }),
    );
  });
});
