// SPDX-License-Identifier: Apache-2.0

/** Headers that belong to one connection only, in both directions. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/** A header's name as any server may read it: lower case, and `_` as CGI programs see `-`. */
export function canonicalName(name: string): string {
  const lower = name.toLowerCase();
  return lower.includes("_") ? lower.replaceAll("_", "-") : lower;
}

/** Pairs from Node's flat list of names and values. */
export function headerPairs(rawHeaders: readonly string[]): readonly (readonly [name: string, value: string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    pairs.push([rawHeaders[index] ?? "", rawHeaders[index + 1] ?? ""]);
  }
  return pairs;
}

/** Says of a header whether it passes; the name is canonical. */
export type HeaderTest = (canonical: string, value: string) => boolean;

/**
 * The headers that pass on, flat and as they stand: not the hop-by-hop ones (the fixed ones, all of `proxy-*`, and those that
 * `Connection` lists), and of the others those that `passes` lets through.
 */
export function passHeaders(rawHeaders: readonly string[], passes: HeaderTest): string[] {
  const listed = listedByConnection(rawHeaders);
  const kept: string[] = [];
  // Plain loops: this runs for each header of each request and answer.
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const value = rawHeaders[index + 1] ?? "";
    const canonical = canonicalName(name);
    if (HOP_BY_HOP.has(canonical) || canonical.startsWith("proxy-") || listed.includes(canonical)) continue;
    if (passes(canonical, value)) kept.push(name, value);
  }
  return kept;
}

function listedByConnection(rawHeaders: readonly string[]): readonly string[] {
  const listed: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (name.length !== "connection".length || canonicalName(name) !== "connection") continue;
    for (const one of (rawHeaders[index + 1] ?? "").split(",")) listed.push(canonicalName(one.trim()));
  }
  return listed;
}
