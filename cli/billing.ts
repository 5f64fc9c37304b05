// SPDX-License-Identifier: Apache-2.0
import type { SizePrice } from "./digitalOceanShapes.ts";
import type { Money } from "./money.ts";

const HOUR = 60 * 60 * 1000;
/** Whatever lived at all costs a cent. */
const LEAST: Money = 1000;

/**
 * What a droplet costs from its making to a time, both in milliseconds since 1970: each second that began counts, on or off, at the price
 * of the hour, and no calendar month (UTC) costs more than its price by the month.
 */
export function costSince(price: SizePrice, made: number, until: number): Money {
  if (!(until > made)) return 0;
  let cost = 0;
  for (let start = made; start < until; start = nextMonth(start)) {
    const seconds = Math.ceil((Math.min(until, nextMonth(start)) - start) / 1000);
    // Rounded up, so that what is shown is never less than what is charged.
    cost += Math.min(price.monthly, Math.ceil((seconds * price.hourly) / 3600));
  }
  return price.hourly === 0 ? 0 : Math.max(cost, LEAST);
}

/** A droplet's end: what its owner wrote, counted from its making. */
export interface Ttl {
  readonly hours: number;
  /** RFC 3339. */
  readonly endsAt: string;
  /** Negative when it is over. */
  readonly secondsLeft: number;
}

/** When a droplet is to go; null when its owner named no time. */
export function ttlOf(ttlHours: number | null, createdAt: string | null, now: Date): Ttl | null | "unknown" {
  if (ttlHours === null) return null;
  const made = Date.parse(createdAt ?? "");
  if (Number.isNaN(made)) return "unknown";
  const end = made + ttlHours * HOUR;
  // No calendar goes that far.
  if (Number.isNaN(new Date(end).getTime())) return "unknown";
  return {
    hours: ttlHours,
    endsAt: new Date(end).toISOString(),
    secondsLeft: Math.floor((end - now.getTime()) / 1000),
  };
}

function nextMonth(time: number): number {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}
