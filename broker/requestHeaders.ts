// SPDX-License-Identifier: Apache-2.0
import { AUTH_SLOTS } from "./authSlots.ts";
import { canonicalName, passHeaders } from "./hopByHop.ts";
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
  // Some servers take a method or a path from these, in the place of those that were judged.
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-host",
]);
const DROPPED_PREFIXES: readonly string[] = [
  ...["x-forwarded-", "tailscale-", "sec-", "x-claws-"],
  ...["x-original-", "x-rewrite-", "x-envoy-"], // method, host and path again
];
// Headers of which two would be read differently by two servers.
const SINGLE: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "content-type",
  "expect",
  "upgrade",
]);
const MOST_HEADERS = 100;

/** How the request's body is delimited. */
export type Framing = "none" | "chunked" | { readonly length: string };

/** What is wrong with the request's headers, if something is. */
export type HeaderFault = "bad-request" | "headers-too-large";

/** Looks for headers that no honest client sends: too many, or two where one is allowed. */
export function findHeaderFault(rawHeaders: readonly string[]): HeaderFault | undefined {
  if (rawHeaders.length > 2 * MOST_HEADERS) return "headers-too-large";
  const seen: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const canonical = canonicalName(name);
    if (!SINGLE.has(canonical)) continue;
    // Underscore forms of the framing headers are not what Node looks at, but may be what a server behind the provider's edge looks at.
    if (seen.includes(canonical) || name.includes("_")) return "bad-request";
    seen.push(canonical);
  }
  return readFraming(rawHeaders) === undefined ? "bad-request" : undefined;
}

/** How the body is delimited; undefined when the headers contradict each other or name a coding other than chunked. */
export function readFraming(rawHeaders: readonly string[]): Framing | undefined {
  let coding: string | undefined;
  let length: string | undefined;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase();
    if (name === "transfer-encoding") coding = rawHeaders[index + 1];
    else if (name === "content-length") length = rawHeaders[index + 1];
  }
  if (coding !== undefined) return coding.toLowerCase() === "chunked" && length === undefined ? "chunked" : undefined;
  if (length === undefined) return "none";
  return /^\d{1,15}$/.test(length) ? { length } : undefined;
}

/**
 * Headers for the provider, flat as Node takes them: what the client sent, less everything that carries credentials, belongs to the
 * connection or speaks of the client's side, plus the provider's host, the framing and exactly one credential, or none for a broker that
 * puts it in. While tokens are counted, no content coding is asked for.
 */
export function upstreamHeaders(
  rawHeaders: readonly string[],
  provider: Provider,
  loan: Pick<KeyLoan, "secret" | "countsTokens">,
): string[] {
  const kept = passHeaders(rawHeaders, (canonical) => {
    if (AUTH_SLOTS.has(canonical) || provider.authSlots.includes(canonical)) return false;
    if (loan.countsTokens && canonical === "accept-encoding") return false;
    return !DROPPED.has(canonical) && !hasDroppedPrefix(canonical);
  });
  kept.unshift("host", hostOf(provider));
  kept.push(...framingHeaders(readFraming(rawHeaders) ?? "none"));
  if (loan.countsTokens) kept.push("accept-encoding", "identity");
  if (provider.auth !== null) kept.push(provider.auth.header, provider.auth.prefix + loan.secret.reveal());
  return kept;
}

function hasDroppedPrefix(canonical: string): boolean {
  for (const prefix of DROPPED_PREFIXES) if (canonical.startsWith(prefix)) return true;
  return false;
}

function framingHeaders(framing: Framing): string[] {
  if (framing === "none") return [];
  return framing === "chunked" ? ["transfer-encoding", "chunked"] : ["content-length", framing.length];
}

const hosts = new WeakMap<Provider, string>();

/** Parsing a URL takes longer than all the rest of a head. */
function hostOf(provider: Provider): string {
  const known = hosts.get(provider);
  if (known !== undefined) return known;
  const { host } = new URL(provider.origin);
  hosts.set(provider, host);
  return host;
}
