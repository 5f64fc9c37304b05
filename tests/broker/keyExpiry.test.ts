// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { createExpiry } from "../../broker/keyExpiry.ts";

const DAY = 86_400_000;
const START = Date.parse("2026-11-23T00:00:00Z");

/** Clocks that a test moves. */
function startClocks(): { wall: number; steady: number; now: () => Date; monotonic: () => number } {
  const clocks = { wall: START, steady: 77, now: () => new Date(clocks.wall), monotonic: () => clocks.steady };
  return clocks;
}

describe("the end of a key without a named time", () => {
  it("is 30 days after its put, whatever the clock on the wall says", () => {
    fc.assert(
      fc.property(fc.integer({ min: -20 * 365, max: 20 * 365 }), fc.nat(60 * DAY), (days, later) => {
        const clocks = startClocks();
        const expiry = createExpiry(undefined, clocks);
        clocks.wall += days * DAY;
        clocks.steady += later;
        expect(expiry.isOver()).toBe(later >= 30 * DAY);
      }),
    );
  });

  it("is shown as a time, counted from the clock on the wall", () => {
    const { notAfter, isNamed } = createExpiry(undefined, startClocks());

    expect([notAfter, isNamed]).toEqual(["2026-12-23T00:00:00.000Z", false]);
  });
});

describe("the end of a key with a named time", () => {
  const named = "2026-11-25T00:00:00+01:00";

  it("is that time", () => {
    const clocks = startClocks();
    const expiry = createExpiry(named, clocks);
    clocks.wall = Date.parse(named) - 1;
    expect([expiry.notAfter, expiry.isNamed, expiry.isOver()]).toEqual([named, true, false]);

    clocks.wall += 1;
    expect(expiry.isOver()).toBe(true);
  });

  it("is not put off by setting the clock back", () => {
    const clocks = startClocks();
    const expiry = createExpiry(named, clocks);
    clocks.wall = START - 10 * 365 * DAY;
    clocks.steady += 47 * 3_600_000 - 1;
    expect(expiry.isOver()).toBe(false);

    clocks.steady += 1;
    expect(expiry.isOver()).toBe(true);
  });

  it("is judged anew once a clock that was far ahead is right", () => {
    const clocks = startClocks();
    clocks.wall = START + 365 * DAY;
    const expiry = createExpiry(named, clocks);
    expect(expiry.isOver()).toBe(true);

    clocks.wall = START;
    expect(expiry.isOver()).toBe(false);
  });
});
