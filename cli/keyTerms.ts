// SPDX-License-Identifier: Apache-2.0
import type { KeyLimits } from "../protocol/keyLimits.ts";
import { ParseError } from "../protocol/parseError.ts";
import { readTime } from "../protocol/time.ts";
import { text, type OptionSpec, type Values } from "./command.ts";
import { UserError } from "./errors.ts";

/** How long and how much a key may be used. */
export interface KeyTerms {
  /** RFC 3339; null: 30 days from each push. */
  readonly notAfter: string | null;
  /** What was given on the command line; null lifts a limit that the version before had. */
  readonly limits: { readonly [Name in keyof KeyLimits]?: number | null };
}

const DAY = 24 * 60 * 60 * 1000;
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: DAY / 24, d: DAY };
const LONGEST_DAYS = 3650;

/** Options of `claws keys set` that say how long and how much. */
export const termOptions: Readonly<Record<string, OptionSpec>> = {
  "valid-for": {
    kind: "text",
    value: "TIME",
    summary: "how long agents may use it, as 90m, 12h, 30d (default: 30 days from each push)",
  },
  "not-after": { kind: "text", value: "TIME", summary: "or until when, as 2030-01-31 or 2030-01-31T12:00:00Z" },
  "requests-per-day": { kind: "text", value: "N", summary: "most requests on a UTC day; none lifts an earlier limit" },
  "tokens-per-day": { kind: "text", value: "N", summary: "most tokens on a UTC day; none lifts an earlier limit" },
};

/** Reads those options. @throws UserError that names the option and the rule */
export function readTerms(values: Values, now: Date): KeyTerms {
  const requestsPerDay = readLimit(values, "requests-per-day");
  const tokensPerDay = readLimit(values, "tokens-per-day");
  return {
    notAfter: readEnd(values, now),
    limits: {
      ...(requestsPerDay === undefined ? {} : { requestsPerDay }),
      ...(tokensPerDay === undefined ? {} : { tokensPerDay }),
    },
  };
}

/** The limits after a change; undefined when none is left. */
export function changedLimits(before: KeyLimits | undefined, change: KeyTerms["limits"]): KeyLimits | undefined {
  const after = Object.entries({ ...before, ...change }).filter(([, limit]) => limit !== null);
  return after.length === 0 ? undefined : Object.fromEntries(after);
}

/** The terms of a key for people: `until 2030-01-31T00:00:00Z, 500 requests a day`. */
export function termsInWords(notAfter: string | null, { requestsPerDay, tokensPerDay }: KeyLimits = {}): string {
  return [
    notAfter === null ? "for 30 days from each push" : `until ${notAfter}`,
    ...(requestsPerDay === undefined ? [] : [`${requestsPerDay} requests a day`]),
    ...(tokensPerDay === undefined ? [] : [`${tokensPerDay} tokens a day`]),
  ].join(", ");
}

function readLimit(values: Values, option: string): number | null | undefined {
  const given = text(values, option);
  if (given === undefined) return undefined;
  if (given === "none") return null;
  if (/^[1-9]\d{0,14}$/.test(given)) return Number(given);
  throw new UserError(`--${option} must be a whole number from 1 up, or none`);
}

function readEnd(values: Values, now: Date): string | null {
  const [period, end] = [text(values, "valid-for"), text(values, "not-after")];
  if (period !== undefined && end !== undefined)
    throw new UserError("--valid-for and --not-after say the same thing twice", ["give one of them"]);
  if (period !== undefined) return new Date(now.getTime() + readPeriod(period)).toISOString();
  return end === undefined ? null : readNotAfter(end, now);
}

function readPeriod(period: string): number {
  const [, digits, unit = ""] = /^([1-9]\d{0,6})([mhd])$/.exec(period) ?? [];
  const milliseconds = Number(digits) * (UNITS[unit] ?? Number.NaN);
  if (milliseconds <= LONGEST_DAYS * DAY) return milliseconds;
  throw new UserError(`--valid-for must be a time like 90m, 12h or 30d, at most ${LONGEST_DAYS}d`);
}

function readNotAfter(end: string, now: Date): string {
  const time = /^\d{4}-\d\d-\d\d$/.test(end) ? `${end}T00:00:00Z` : end;
  try {
    readTime(time, "");
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new UserError("--not-after must be a day like 2030-01-31 or a time like 2030-01-31T12:00:00Z");
  }
  if (Date.parse(time) > now.getTime()) return time;
  throw new UserError(`--not-after ${time} is not in the future`);
}
