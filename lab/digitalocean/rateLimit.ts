// SPDX-License-Identifier: Apache-2.0
import { ApiError } from "./apiError.ts";
import type { Clock } from "./clock.ts";

/** Requests that one token may make. */
export interface RateLimit {
  readonly perHour: number;
  readonly perMinute: number;
}

const minute = 60_000;
const hour = 60 * minute;

/** Counts requests per caller; each counts for one hour from its own time on. */
export class RateLimiter {
  readonly #limit: RateLimit;
  readonly #clock: Clock;
  readonly #times = new Map<string, number[]>();

  constructor(limit: RateLimit, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** Counts one request and returns its headers. @throws ApiError 429 (not counted) when the caller has none left. */
  take(caller: string): Record<string, string> {
    const now = this.#clock.now();
    const times = (this.#times.get(caller) ?? []).filter((time) => time > now - hour);
    this.#times.set(caller, times);
    const wait = this.#waitForBurst(times, now);
    if (wait > 0) throw new ApiError(429, undefined, { ...this.#headers(times, 0), "retry-after": String(wait) });
    if (times.length >= this.#limit.perHour) throw new ApiError(429, undefined, this.#headers(times, 0));
    times.push(now);
    return this.#headers(times, this.#limit.perHour - times.length);
  }

  /** Seconds until the last minute holds fewer requests than the limit; 0 when it does already. */
  #waitForBurst(times: readonly number[], now: number): number {
    const recent = times.filter((time) => time > now - minute);
    const oldest = recent.at(-this.#limit.perMinute);
    return recent.length < this.#limit.perMinute || oldest === undefined
      ? 0
      : Math.max(1, Math.ceil((oldest + minute - now) / 1000));
  }

  #headers(times: readonly number[], remaining: number): Record<string, string> {
    const oldest = times[0] ?? this.#clock.now();
    return {
      "ratelimit-limit": String(this.#limit.perHour),
      "ratelimit-remaining": String(remaining),
      "ratelimit-reset": String(Math.ceil((oldest + hour) / 1000)),
    };
  }
}
