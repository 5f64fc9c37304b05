// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";

/** Every wait that the official providers force, in milliseconds. One place, so that tests and the bench can leave them out. */
export interface ProviderTiming {
  /** Before the first look at a droplet or an action. */
  readonly pollDelay: number;
  /** Shortest and longest pause between two looks; it doubles in between. */
  readonly pollMin: number;
  readonly pollMax: number;
  /** Looks that count as one look that found nothing: shorter pauses must not mean less patience. */
  readonly looksPerCheck: number;
  /** First and longest pause before a refused delete of a VPC is tried again. */
  readonly retryMin: number;
  readonly retryMax: number;
}

/** Waits of the official providers. */
export const OFFICIAL_TIMING: ProviderTiming = {
  pollDelay: 10_000,
  pollMin: 3_000,
  pollMax: 10_000,
  looksPerCheck: 1,
  retryMin: 500,
  retryMax: 10_000,
};

/** No forced wait; still polls often enough for a cloud that answers at once. */
export const NO_WAITS: ProviderTiming = {
  pollDelay: 0,
  pollMin: 50,
  pollMax: 200,
  looksPerCheck: 50,
  retryMin: 50,
  retryMax: 200,
};

/**
 * Returns the waits that CLAWS_LAB_PROVIDER_WAITS asks for: `official` (the default) or `none`. Time-outs stay the same.
 *
 * @throws when the variable holds anything else.
 */
export function readTiming(environment: Readonly<Record<string, string | undefined>>): ProviderTiming {
  const { CLAWS_LAB_PROVIDER_WAITS: waits } = environment;
  if (waits === undefined || waits === "" || waits === "official") return OFFICIAL_TIMING;
  if (waits === "none") return NO_WAITS;
  throw new Error(`CLAWS_LAB_PROVIDER_WAITS must be "official" or "none", not "${waits}"`);
}

/** Time, as the providers see it; tests bring their own. */
export interface Clock {
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
  /** Resolves after `milliseconds`; rejects with the signal's reason when aborted before. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: async (milliseconds, signal) => {
    signal.throwIfAborted();
    await sleep(milliseconds, undefined, { signal }).catch(() => {
      signal.throwIfAborted();
    });
  },
};
