// SPDX-License-Identifier: Apache-2.0
import { OFFICIAL_TIMING } from "../../../lab/providers/timing.ts";
import { goDuration, type Wait, waitForState } from "../../../lab/providers/waitForState.ts";
import { providerClock } from "../../support/providerClock.ts";

/** Looks give the states in order; the last one repeats, and null is nothing found. */
function waiting(states: readonly (string | null)[], changes: Partial<Wait<number>> = {}) {
  const clock = providerClock();
  let looks = 0;
  const look = () => {
    const state = states[Math.min(looks, states.length - 1)];
    looks += 1;
    return Promise.resolve(state === undefined || state === null ? undefined : { state, result: looks });
  };
  const { signal } = new AbortController();
  const wait = { target: "off", pending: ["active"], timeout: 60_000, notFoundChecks: 2, look, signal, ...changes };
  return { clock, result: waitForState(wait, OFFICIAL_TIMING, clock) };
}

describe("waitForState", () => {
  it("looks first after the delay, then with doubling pauses up to the longest", async () => {
    const { clock, result } = waiting(["active", "active", "active", "active", "off"]);
    await expect(result).resolves.toBe(5);
    expect(clock.waits).toEqual([10_000, 3_000, 6_000, 10_000, 10_000]);
  });

  it("names target, last state and time when it runs out of time", async () => {
    const { clock, result } = waiting(["active"]);
    await expect(result).rejects.toThrow(
      "timeout while waiting for state to become 'off' (last state: 'active', timeout: 1m0s)",
    );
    expect(clock.now()).toBe(60_000);
  });

  it("fails at once in a state that is neither target nor pending", async () => {
    const { clock, result } = waiting(["active", "errored"]);
    await expect(result).rejects.toThrow("unexpected state 'errored', wanted target 'off'");
    expect(clock.waits).toEqual([10_000, 3_000]);
  });

  it("waits out every state when none is named as pending", async () => {
    await expect(waiting(["odd", "off"], { pending: [] }).result).resolves.toBe(2);
  });

  it("forgives finding nothing for as many looks in a row as allowed", async () => {
    await expect(waiting([null, null, "active", null, null, "off"]).result).resolves.toBe(6);
    await expect(waiting([null]).result).rejects.toThrow("couldn't find resource (3 retries)");
  });

  it("stops when the run is cancelled", async () => {
    const { result } = waiting(["active"], { signal: AbortSignal.abort(new Error("the run was cancelled")) });
    await expect(result).rejects.toThrow("the run was cancelled");
  });
});

describe("goDuration", () => {
  it.each([
    [1_000, "1s"],
    [60_000, "1m0s"],
    [90_400, "1m30s"],
    [3_600_000, "1h0m0s"],
    [5_025_000, "1h23m45s"],
  ])("writes %d ms as %s", (milliseconds, text) => {
    expect(goDuration(milliseconds)).toBe(text);
  });
});
