// SPDX-License-Identifier: Apache-2.0
import { BlockList, isIP } from "node:net";

/** Where else than to its broker a workload may open TCP connections. */
export interface Egress {
  /** CIDR range, IPv4 or IPv6, no bit set behind its length. */
  readonly range: string;
  readonly port: number;
}

/** What {@link parseEgress} takes, as the end of a sentence that starts with "must be". */
export const egressForm =
  'a public network, a /12 at most (IPv6: /28), and a TCP port, such as "140.82.112.0/20:443" or "[2606:50c0::/32]:443"; a single address where the port is 53';

type Range = readonly [network: string, length: number];

/** Never a destination: this machine, its cloud's metadata, private networks, the tailnet, and what is nobody's on the internet. */
const closed: Readonly<Record<"ipv4" | "ipv6", readonly Range[]>> = {
  ipv4: [
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
  ],
  // All but 2000::/3, and of that what carries IPv4 addresses or is for documents.
  ipv6: [
    ["::", 3],
    ["4000::", 2],
    ["8000::", 1],
    ["2001::", 32],
    ["2002::", 16],
    ["3fff::", 20],
  ],
};
/** A range that lets a good part of the internet through is no list of destinations. */
const shortest = { ipv4: 12, ipv6: 28 };
const width = { ipv4: 32, ipv6: 128 };
/** A name server carries whatever is asked of it to whoever answers: one at a time. */
const dnsPort = 53;

/** Reads `RANGE:PORT`, IPv6 in brackets; undefined for anything else and for ranges that reach what no workload may. */
export function parseEgress(text: string): Egress | undefined {
  const [, six, four, digits] =
    /^(?:\[([0-9a-f:]{2,39}\/\d{1,3})\]|([0-9.]{7,15}\/\d{1,2})):([1-9]\d{0,4})$/.exec(text) ?? [];
  const range = six ?? four ?? "";
  const family = six === undefined ? "ipv4" : "ipv6";
  const [network = "", lengthText] = range.split("/");
  const [length, port] = [Number(lengthText), Number(digits)];
  if (isIP(network) !== (family === "ipv4" ? 4 : 6) || String(length) !== lengthText || port > 65_535) return undefined;
  if (length < shortest[family] || length > width[family]) return undefined;
  if (port === dnsPort && length !== width[family]) return undefined;
  // DigitalOcean keeps the network's own address, so another spelling would be a change in every preview.
  if (!isNetwork(bitsOf(network, family), width[family] - length)) return undefined;
  if (closed[family].some((refused) => overlaps([network, length], refused, family))) return undefined;
  return { range, port };
}

/** Two ranges overlap exactly when one holds the other's first address. */
function overlaps(one: Range, other: Range, family: "ipv4" | "ipv6"): boolean {
  const holds = ([network, length]: Range, address: string): boolean => {
    const list = new BlockList();
    list.addSubnet(network, length, family);
    return list.check(address, family);
  };
  return holds(one, other[0]) || holds(other, one[0]);
}

function isNetwork(bits: bigint, hostBits: number): boolean {
  return bits % (1n << BigInt(hostBits)) === 0n;
}

function bitsOf(address: string, family: "ipv4" | "ipv6"): bigint {
  if (family === "ipv4") return address.split(".").reduce((bits, part) => bits * 256n + BigInt(part), 0n);
  const [left = [], right] = address.split("::").map((part) => (part === "" ? [] : part.split(":")));
  const zeros = right === undefined ? [] : Array<string>(8 - left.length - right.length).fill("0");
  return [...left, ...zeros, ...(right ?? [])].reduce((bits, group) => bits * 65_536n + BigInt(`0x${group}`), 0n);
}
