// SPDX-License-Identifier: Apache-2.0
import type { KeyLimits, KeyUsage } from "../protocol/keyLimits.ts";

const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

/**
 * What was spent under each key's name on the current UTC day. Belongs to the name and not to a key, so that rotating or pushing again
 * lifts no cap; in memory only, so that a start of the program begins at zero.
 */
export class Spending {
  readonly #now: () => Date;
  /** Days since 1970, for a comparison that costs nothing: it is made several times for each request. */
  #number = Number.NaN;
  #day = "";
  #spent = new Map<string, { requests: number; tokens: number }>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** What was spent today. */
  of(name: string): KeyUsage {
    this.#turn();
    const { requests, tokens } = this.#spent.get(name) ?? { requests: 0, tokens: 0 };
    return { day: this.#day, requests, tokens };
  }

  /** Which cap one more request would break. */
  refuse(name: string, limits: KeyLimits): "requests-spent" | "tokens-spent" | undefined {
    const { requests, tokens } = this.of(name);
    if (limits.requestsPerDay !== undefined && requests >= limits.requestsPerDay) return "requests-spent";
    return limits.tokensPerDay !== undefined && tokens >= limits.tokensPerDay ? "tokens-spent" : undefined;
  }

  /** Books a request when it begins, or tokens when they are known. */
  book(name: string, spent: { readonly requests?: number; readonly tokens?: number }): void {
    const { requests, tokens } = this.of(name);
    this.#spent.set(name, {
      requests: requests + (spent.requests ?? 0),
      tokens: Math.min(Number.MAX_SAFE_INTEGER, tokens + (spent.tokens ?? 0)),
    });
  }

  #turn(): void {
    const now = this.#now();
    const number = Math.floor(now.getTime() / DAY_MILLISECONDS);
    if (number === this.#number) return;
    this.#number = number;
    this.#day = now.toISOString().slice(0, 10);
    this.#spent = new Map();
  }
}
