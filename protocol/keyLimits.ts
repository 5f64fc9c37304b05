// SPDX-License-Identifier: Apache-2.0
import { optional, readObject, readText, readWhole, type Reader } from "./shape.ts";

/** How much may be spent with a key on one UTC day. A missing member does not limit. */
export interface KeyLimits {
  readonly requestsPerDay?: number;
  /** Counted from the usage that the provider reports with its answers. */
  readonly tokensPerDay?: number;
}

/** What was spent under a key's name on one UTC day, as far as this start of the daemon knows. */
export interface KeyUsage {
  /** The day, as `2030-01-31`. */
  readonly day: string;
  readonly requests: number;
  readonly tokens: number;
}

/** Reads limits: whole numbers from 1 up. */
export const readKeyLimits: Reader<KeyLimits> = readObject<KeyLimits>({
  requestsPerDay: optional(readWhole(1)),
  tokensPerDay: optional(readWhole(1)),
});

/** Reads what was spent on a day. */
export const readKeyUsage: Reader<KeyUsage> = readObject<KeyUsage>({
  day: readText(10, /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/, "a day like 2030-01-31"),
  requests: readWhole(0),
  tokens: readWhole(0),
});
