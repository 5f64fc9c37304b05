// SPDX-License-Identifier: Apache-2.0
import { unprocessable } from "./apiError.ts";
import { parseIpv4, renderIpv4 } from "./ipv4.ts";
import type { Ipv4Assignment, Ipv6Assignment } from "./machines.ts";
import type { AccountState } from "./state.ts";

/** Addresses that droplets get, in order; a freed one is used again as late as possible. */
export interface Ipv4Pool {
  /** For example "198.51.100.16". */
  readonly first: string;
  readonly last: string;
  readonly netmask: string;
  readonly gateway: string;
}

/** A range for documentation, so that no real host is ever meant. */
export const documentationPool: Ipv4Pool = {
  first: "198.51.100.16",
  last: "198.51.100.254",
  netmask: "255.255.255.0",
  gateway: "198.51.100.1",
};

/** Takes the next free address of the pool. @throws ApiError 422 when none is left. */
export function assignPublicIpv4(state: AccountState, pool: Ipv4Pool): Ipv4Assignment {
  const first = parseIpv4(pool.first);
  const last = parseIpv4(pool.last);
  if (first === undefined || last === undefined || last < first) {
    throw new Error(`cannot use address pool "${pool.first}-${pool.last}": it is no range of IPv4 addresses`);
  }
  const used = new Set([...state.droplets.values()].map((droplet) => droplet.publicIpv4.address));
  const size = last - first + 1;
  const start = (state.lastPublicIpv4.get("address") ?? first - 1) + 1;
  for (let step = 0; step < size; step += 1) {
    const candidate = first + ((((start - first + step) % size) + size) % size);
    if (used.has(renderIpv4(candidate))) continue;
    state.lastPublicIpv4.set("address", candidate);
    return { address: renderIpv4(candidate), netmask: pool.netmask, gateway: pool.gateway };
  }
  throw unprocessable("no public IPv4 address is left");
}

/** The IPv6 address of a droplet: IDs are never used twice, so neither are these. */
export function publicIpv6Of(dropletId: number): Ipv6Assignment {
  const high = Math.floor(dropletId / 0x10000).toString(16);
  const low = (dropletId % 0x10000).toString(16);
  return { address: `2001:db8:0:1::${high}:${low}`, prefixLength: 64, gateway: "2001:db8:0:1::1" };
}
