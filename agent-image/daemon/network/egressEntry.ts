// SPDX-License-Identifier: Apache-2.0
import { parseEgress } from "../../../protocol/egress.ts";
import { ParseError } from "../../../protocol/parseError.ts";
import { addressRange, contains, overlap, type AddressRange } from "./addressRange.ts";

/** Addresses and the one TCP port that the workload may reach there. Port 53 also means UDP: a name server. */
export interface EgressEntry {
  /** As the owner wrote it. */
  readonly text: string;
  /** The range as nft takes it, for example `140.82.112.0/20`. */
  readonly cidr: string;
  readonly range: AddressRange;
  readonly port: number;
}

const DNS_PORT = 53;
/** Shorter prefixes are no list of what an agent needs but a good part of the internet. */
const SHORTEST = { 4: 12, 6: 28 } as const;
/** The same as in nftables.nft and a little more: nothing here belongs to somebody out on the internet. */
const SPECIAL = rangesOf([
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
  ["2001::", 32],
  ["2002::", 16],
  ["3fff::", 20],
]);
const PUBLIC_IPV6 = rangesOf([["2000::", 3]]);

/**
 * Reads one entry of `egress`, for example `140.82.112.0/20:443` or `[2606:50c0::/32]:443`.
 *
 * @throws ParseError if it is not well-formed, reaches private, tailnet, metadata, loopback or other special addresses, takes in more
 * than a /12 (IPv4) or /28 (IPv6), or opens port 53 to more than one address.
 */
export function parseEgressEntry(text: string, path: string): EgressEntry {
  const { address, prefix, port } = parseEgress(text);
  const range = addressRange(address, prefix);
  if (range === undefined) throw new ParseError(path, "must begin with the lowest address of its network");
  refuseRange(range, port, path);
  return { text, cidr: `${address}/${prefix}`, range, port };
}

function refuseRange(range: AddressRange, port: number, path: string): void {
  const { family, prefix } = range;
  if (prefix < SHORTEST[family]) throw new ParseError(path, `must not take in more than a /${SHORTEST[family]}`);
  const isPublic = family === 4 || PUBLIC_IPV6.some((whole) => contains(whole, range));
  if (!isPublic || SPECIAL.some((one) => overlap(one, range))) {
    throw new ParseError(path, "must hold public addresses only: no private, tailnet, link-local or loopback ones");
  }
  if (port === DNS_PORT && prefix !== (family === 4 ? 32 : 128)) {
    throw new ParseError(path, "must name a single address where the port is 53");
  }
}

function rangesOf(networks: readonly (readonly [address: string, prefix: number])[]): readonly AddressRange[] {
  return networks.map(([address, prefix]) => addressRange(address, prefix)).filter((range) => range !== undefined);
}
