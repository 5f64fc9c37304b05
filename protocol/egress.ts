// SPDX-License-Identifier: Apache-2.0
import { BlockList, isIPv4, isIPv6 } from "node:net";
import { ParseError } from "./parseError.ts";
import type { Reader } from "./shape.ts";

/** A range of addresses and the one TCP port on them that the workload may reach besides the broker. */
export interface EgressRule {
  readonly family: "ipv4" | "ipv6";
  readonly address: string;
  /** Length of the network's prefix in bits. */
  readonly prefix: number;
  readonly port: number;
}

/** Most rules of one agent. */
export const MAX_EGRESS_RULES = 64;

/** What no rule may touch: this machine, the metadata service, the tailnet, everybody at once. */
const CLOSED: readonly (readonly [address: string, prefix: number, family: "ipv4" | "ipv6"])[] = [
  ["0.0.0.0", 8, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["224.0.0.0", 3, "ipv4"],
  ["::", 96, "ipv6"],
  ["::ffff:0:0", 96, "ipv6"],
  ["64:ff9b::", 96, "ipv6"],
  ["fe80::", 10, "ipv6"],
  ["fd7a:115c:a1e0::", 48, "ipv6"],
  ["ff00::", 8, "ipv6"],
];
// A list that lets half the internet through is none.
const SHORTEST_PREFIX = { ipv4: 8, ipv6: 16 };

/** Reads a rule like `140.82.112.0/20:443` or `[2606:50c0::/32]:443`; gives the text as it is. */
export const readEgress: Reader<string> = (value, path) => {
  if (typeof value === "string" && parse(value) !== undefined) return value;
  throw new ParseError(
    path,
    "must be a network and a TCP port like 140.82.112.0/20:443 or [2606:50c0::/32]:443, at least /8 or /16, without loopback, link-local, multicast or tailnet addresses",
  );
};

/** @throws ParseError */
export function parseEgress(text: string): EgressRule {
  const rule = parse(text);
  if (rule === undefined) throw new ParseError("egress", "must be a network and a TCP port like 140.82.112.0/20:443");
  return rule;
}

function parse(text: string): EgressRule | undefined {
  const [, four, fourBits, six, sixBits, digits] =
    /^(?:([\d.]{7,15})\/(\d{1,2})|\[([0-9a-f:]{2,39})\/(\d{1,3})\]):([1-9]\d{0,4})$/.exec(text) ?? [];
  const address = four ?? six ?? "";
  const family = four === undefined ? "ipv6" : "ipv4";
  const [prefix, port] = [Number(fourBits ?? sixBits), Number(digits)];
  const isAddress = family === "ipv4" ? isIPv4(address) : isIPv6(address);
  if (!isAddress || !(port <= 65_535) || prefix < SHORTEST_PREFIX[family]) return undefined;
  if (prefix > (family === "ipv4" ? 32 : 128)) return undefined;
  const rule = { family, address, prefix, port } as const;
  return touchesClosed(rule) ? undefined : rule;
}

function touchesClosed({ family, address, prefix }: EgressRule): boolean {
  const own = new BlockList();
  own.addSubnet(address, prefix, family);
  return CLOSED.filter(([, , kind]) => kind === family).some(([start, bits]) => {
    const closed = new BlockList();
    closed.addSubnet(start, bits, family);
    return closed.check(address, family) || own.check(start, family);
  });
}
