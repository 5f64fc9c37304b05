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
  return name.toLowerCase().replaceAll("_", "-");
}

/** Pairs from Node's flat list of names and values. */
export function headerPairs(rawHeaders: readonly string[]): readonly (readonly [name: string, value: string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    pairs.push([rawHeaders[index] ?? "", rawHeaders[index + 1] ?? ""]);
  }
  return pairs;
}

/** A test for the headers that must not pass on: the fixed ones, all of `proxy-*`, and those that `Connection` lists. */
export function hopByHopTest(pairs: readonly (readonly [string, string])[]): (canonical: string) => boolean {
  const listed = new Set(
    pairs
      .filter(([name]) => canonicalName(name) === "connection")
      .flatMap(([, value]) => value.split(",").map((one) => canonicalName(one.trim()))),
  );
  return (canonical) => HOP_BY_HOP.has(canonical) || listed.has(canonical) || canonical.startsWith("proxy-");
}
