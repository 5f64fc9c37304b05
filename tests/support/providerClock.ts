// SPDX-License-Identifier: Apache-2.0
// Time for the stand-in providers that passes at once and remembers what was waited for.
import type { Clock } from "../../lab/providers/timing.ts";

export interface ProviderClock extends Clock {
  /** Every wait so far, in milliseconds. */
  readonly waits: readonly number[];
}

/** Returns a clock at 0. A wait moves it on at once; `onWait` may change the world meanwhile. */
export function providerClock(onWait: (milliseconds: number) => void | Promise<void> = () => undefined): ProviderClock {
  const waits: number[] = [];
  let now = 0;
  return {
    waits,
    now: () => now,
    sleep: async (milliseconds, signal) => {
      signal.throwIfAborted();
      waits.push(milliseconds);
      now += milliseconds;
      await onWait(milliseconds);
    },
  };
}
