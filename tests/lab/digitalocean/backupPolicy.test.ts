// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { readBackupPolicy, renderNextWindow } from "../../../lab/digitalocean/backupPolicy.ts";
import { Fields } from "../../../lab/digitalocean/fields.ts";

const weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const hours = [0, 4, 8, 12, 16, 20];

describe("renderNextWindow", () => {
  it("is null without a policy", () => {
    expect(renderNextWindow(null, 0)).toBeNull();
  });

  it("always begins in the future, on the right day and hour, and lasts four hours", () => {
    const policy = fc.record({ hour: fc.constantFrom(...hours), weekday: fc.constantFrom(null, ...weekdays) });
    const now = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) });
    fc.assert(
      fc.property(policy, now, ({ hour, weekday }, time) => {
        const window = renderNextWindow({ plan: weekday === null ? "daily" : "weekly", hour, weekday }, time);
        const { start, end } = window as { start: string; end: string };
        const begin = new Date(start);
        expect(begin.getTime()).toBeGreaterThan(time);
        expect(begin.getTime() - time).toBeLessThanOrEqual((weekday === null ? 1 : 7) * 86_400_000);
        expect(begin.getUTCHours()).toBe(hour);
        expect(weekday ?? weekdays[begin.getUTCDay()]).toBe(weekdays[begin.getUTCDay()]);
        expect(Date.parse(end) - begin.getTime()).toBe(4 * 3_600_000);
      }),
    );
  });
});

describe("readBackupPolicy", () => {
  it("reads both plans", () => {
    expect(readBackupPolicy(new Fields({ plan: "daily", hour: 20, weekday: "MON" }))).toEqual({
      plan: "daily",
      hour: 20,
      weekday: null,
    });
    expect(readBackupPolicy(new Fields({ plan: "weekly", weekday: "MON" }))).toEqual({
      plan: "weekly",
      hour: 0,
      weekday: "MON",
    });
  });

  it.each([
    {},
    { plan: "x" },
    { plan: "daily", hour: 1 },
    { plan: "daily", hour: "4" },
    { plan: "weekly", weekday: "x" },
  ])("refuses %j", (policy) => {
    expect(() => readBackupPolicy(new Fields(policy))).toThrow();
  });
});
