// SPDX-License-Identifier: Apache-2.0
import { ParseError } from "./parseError.ts";
import type { Reader } from "./shape.ts";

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** Reads a point in time as RFC 3339 writes it, with upper-case `T` and `Z`, on a day that exists. No leap seconds. */
export const readTime: Reader<string> = (value, path) => {
  if (typeof value === "string" && isTime(value)) return value;
  throw new ParseError(path, "must be a time like 2030-01-31T00:00:00Z");
};

function isTime(text: string): boolean {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (RFC_3339.exec(text) ?? [])
    .slice(1, 7)
    .map(Number);
  const exists = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
  return exists && hour <= 23 && minute <= 59 && second <= 59;
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}
