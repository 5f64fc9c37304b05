// SPDX-License-Identifier: Apache-2.0
import { AUTH_SLOTS } from "./authSlots.ts";
import { headerPairs, passHeaders } from "./hopByHop.ts";

// A cookie would be a credential that outlives the request; Alt-Svc speaks of the provider's origin, which the client does not talk to.
const DROPPED: ReadonlySet<string> = new Set(["set-cookie", "set-cookie2", "alt-svc", "x-claws-broker-error"]);

/**
 * Headers for the client, flat as Node takes them. Status, rate limits, Retry-After and request IDs pass as they are, because SDKs
 * steer by them; a header whose value leaks (`leaks` says so) does not pass.
 */
export function clientHeaders(rawHeaders: readonly string[], leaks: (value: string) => boolean): string[] {
  return passHeaders(
    rawHeaders,
    (canonical, value) => !AUTH_SLOTS.has(canonical) && !DROPPED.has(canonical) && !leaks(value),
  );
}

/** The first value of a header (name in lower case), if there is one. */
export function headerValue(flat: readonly string[], wanted: string): string | undefined {
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const name = flat[index] ?? "";
    if (name.length === wanted.length && name.toLowerCase() === wanted) return flat[index + 1];
  }
  return undefined;
}

/** The same list without the headers of these names (lower case). */
export function withoutHeaders(flat: readonly string[], names: readonly string[]): string[] {
  return headerPairs(flat)
    .filter(([name]) => !names.includes(name.toLowerCase()))
    .flat();
}
