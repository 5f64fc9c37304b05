// SPDX-License-Identifier: Apache-2.0
import { AUTH_SLOTS } from "./authSlots.ts";
import { canonicalName, headerPairs, hopByHopTest } from "./hopByHop.ts";
import type { KeyLoan } from "./keySource.ts";
import type { Provider } from "./provider.ts";

// Would tell the provider about the droplet's inside, or let a client forge who it is.
const DROPPED: ReadonlySet<string> = new Set([
  "host",
  "expect",
  "content-length",
  "forwarded",
  "via",
  "x-real-ip",
  "origin",
  "referer",
]);
const DROPPED_PREFIXES: readonly string[] = ["x-forwarded-", "tailscale-", "sec-", "x-claws-"];
// Headers of which two would be read differently by two servers.
const SINGLE: readonly string[] = ["host", "content-length", "transfer-encoding", "content-type", "expect", "upgrade"];
const MOST_HEADERS = 100;

/** How the request's body is delimited. */
export type Framing = "none" | "chunked" | { readonly length: string };

/** What is wrong with the request's headers, if something is. */
export type HeaderFault = "bad-request" | "headers-too-large";

/** Looks for headers that no honest client sends: too many, or two where one is allowed. */
export function findHeaderFault(rawHeaders: readonly string[]): HeaderFault | undefined {
  if (rawHeaders.length > 2 * MOST_HEADERS) return "headers-too-large";
  const names = headerPairs(rawHeaders).map(([name]) => canonicalName(name));
  const doubled = SINGLE.some((single) => names.filter((name) => name === single).length > 1);
  // Underscore forms of the framing headers are not what Node looks at, but may be what a server behind the provider's edge looks at.
  const disguised = headerPairs(rawHeaders).some(
    ([name]) => name.includes("_") && SINGLE.includes(canonicalName(name)),
  );
  return doubled || disguised || readFraming(rawHeaders) === undefined ? "bad-request" : undefined;
}

/** How the body is delimited; undefined when the headers contradict each other or name a coding other than chunked. */
export function readFraming(rawHeaders: readonly string[]): Framing | undefined {
  const values = new Map(headerPairs(rawHeaders).map(([name, value]) => [name.toLowerCase(), value]));
  const coding = values.get("transfer-encoding");
  const length = values.get("content-length");
  if (coding !== undefined) return coding.toLowerCase() === "chunked" && length === undefined ? "chunked" : undefined;
  if (length === undefined) return "none";
  return /^\d{1,15}$/.test(length) ? { length } : undefined;
}

/**
 * Headers for the provider, flat as Node takes them: what the client sent, less everything that carries credentials, belongs to the
 * connection or speaks of the client's side, plus the provider's host, the framing and exactly one credential. While tokens are counted, no content coding is asked for.
 */
export function upstreamHeaders(
  rawHeaders: readonly string[],
  provider: Provider,
  loan: Pick<KeyLoan, "secret" | "countsTokens">,
): string[] {
  const pairs = headerPairs(rawHeaders);
  const isHopByHop = hopByHopTest(pairs);
  const kept = pairs.filter(([name]) => {
    const canonical = canonicalName(name);
    if (isHopByHop(canonical) || AUTH_SLOTS.has(canonical) || provider.authSlots.includes(canonical)) return false;
    if (loan.countsTokens && canonical === "accept-encoding") return false;
    return !DROPPED.has(canonical) && !DROPPED_PREFIXES.some((prefix) => canonical.startsWith(prefix));
  });
  return [
    ...["host", new URL(provider.origin).host],
    ...kept.flat(),
    ...framingHeaders(readFraming(rawHeaders) ?? "none"),
    ...(loan.countsTokens ? ["accept-encoding", "identity"] : []),
    ...[provider.auth.header, provider.auth.prefix + loan.secret.reveal()],
  ];
}

function framingHeaders(framing: Framing): string[] {
  if (framing === "none") return [];
  return framing === "chunked" ? ["transfer-encoding", "chunked"] : ["content-length", framing.length];
}
