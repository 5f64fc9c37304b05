// SPDX-License-Identifier: Apache-2.0
// DigitalOcean's list prices for when its API cannot be asked; https://www.digitalocean.com/pricing/droplets has those of today.
import type { SizePrice } from "./digitalOceanShapes.ts";
import type { Money } from "./money.ts";

/** Day on which the table was last compared. */
export const PRICES_OF = "2026-05-29";

/** What a snapshot costs a month for each gigabyte; no part of the API tells it. */
export const SNAPSHOT_GIGABYTE: Money = 6000;

/** Hours after which a month costs no more. */
const HOURS_A_MONTH = 672;

/** US dollars a month. */
const MONTHLY: Readonly<Record<string, number>> = {
  ...{ "s-1vcpu-512mb-10gb": 4, "s-1vcpu-1gb": 6, "s-1vcpu-2gb": 12, "s-2vcpu-2gb": 18, "s-2vcpu-4gb": 24 },
  ...{ "s-4vcpu-8gb": 48, "s-8vcpu-16gb": 96, "s-1vcpu-1gb-amd": 7, "s-1vcpu-2gb-amd": 14, "s-2vcpu-4gb-amd": 28 },
  ...{ "s-1vcpu-1gb-intel": 7, "s-1vcpu-2gb-intel": 14, "s-2vcpu-4gb-intel": 28, "c-2": 42, "c-4": 84 },
  ...{ "g-2vcpu-8gb": 63, "g-4vcpu-16gb": 126, "m-2vcpu-16gb": 84 },
};

/** The list price of a size; undefined for one that is not in the table. */
export function listPrice(size: string): SizePrice | undefined {
  const dollars = Object.hasOwn(MONTHLY, size) ? MONTHLY[size] : undefined;
  if (dollars === undefined) return undefined;
  return { monthly: dollars * 100_000, hourly: Math.round((dollars * 100_000) / HOURS_A_MONTH) };
}
