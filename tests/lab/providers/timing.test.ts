// SPDX-License-Identifier: Apache-2.0
import { NO_WAITS, OFFICIAL_TIMING, readTiming, systemClock } from "../../../lab/providers/timing.ts";

describe("readTiming", () => {
  it("has the waits of the official providers unless told otherwise", () => {
    expect(readTiming({})).toBe(OFFICIAL_TIMING);
    expect(readTiming({ CLAWS_LAB_PROVIDER_WAITS: "" })).toBe(OFFICIAL_TIMING);
    expect(readTiming({ CLAWS_LAB_PROVIDER_WAITS: "official" })).toBe(OFFICIAL_TIMING);
    expect(OFFICIAL_TIMING).toMatchObject({ pollDelay: 10_000, pollMin: 3_000, pollMax: 10_000, looksPerCheck: 1 });
  });

  it("leaves the waits out on request, with as much patience as before", () => {
    const timing = readTiming({ CLAWS_LAB_PROVIDER_WAITS: "none" });
    expect(timing).toBe(NO_WAITS);
    expect(timing.pollDelay).toBe(0);
    expect(timing.pollMax * timing.looksPerCheck).toBe(OFFICIAL_TIMING.pollMax * OFFICIAL_TIMING.looksPerCheck);
  });

  it("refuses anything else by name", () => {
    expect(() => readTiming({ CLAWS_LAB_PROVIDER_WAITS: "fast" })).toThrow(
      'CLAWS_LAB_PROVIDER_WAITS must be "official" or "none", not "fast"',
    );
  });
});

describe("systemClock", () => {
  it("ends a wait at once when the run is cancelled, before or during it", async () => {
    const canceller = new AbortController();
    const waiting = systemClock.sleep(3_600_000, canceller.signal);
    canceller.abort(new Error("the run was cancelled"));
    await expect(waiting).rejects.toThrow("the run was cancelled");
    await expect(systemClock.sleep(3_600_000, canceller.signal)).rejects.toThrow("the run was cancelled");
  });

  it("moves on", async () => {
    const start = systemClock.now();
    await systemClock.sleep(1, new AbortController().signal);
    expect(systemClock.now()).toBeGreaterThan(start);
  });
});
