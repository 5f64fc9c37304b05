// SPDX-License-Identifier: Apache-2.0
import { isIP } from "node:net";
import type { CloudFirewall, FirewallRule } from "../digitalocean/emulator.ts";
import { labAddresses } from "./addresses.ts";
import { runCommand } from "./command.ts";
import { inNamespace, internetNamespace } from "./namespaces.ts";

/** A droplet as the cloud's network sees it. */
export interface FirewallTarget {
  /** The internet's end of its link. */
  readonly link: string;
  readonly address: string;
  /** @default none */
  readonly address6?: string;
  /** All firewalls that cover it; their rules add up. null: none does, everything is open. */
  readonly firewalls: readonly CloudFirewall[] | null;
}

/** Name of the nftables table of one droplet. */
const tableName = (link: string): string => `cloud_${link}`;

/** Neighbour discovery belongs to the wire, not to the traffic that a cloud firewall filters. */
const neighbours = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } accept";
const established = "ct state established,related accept";

/**
 * Renders DigitalOcean's firewall semantics as one nftables transaction that replaces the droplet's table: stateful, deny by default once a
 * firewall covers the droplet, the rules of several firewalls add up, the metadata service is always reachable, and a droplet cannot send from
 * another address than its own.
 * @throws for a protocol, port range, address or link name that is not exactly what it should be: text from an API ends up in a rule set.
 */
export function renderCloudFirewall(target: FirewallTarget): string {
  const { link, address, address6, firewalls } = target;
  if (!/^[a-z0-9]{1,15}$/.test(link)) throw new Error(`cannot filter the link "${link}": not a device name`);
  if (isIP(address) !== 4) throw new Error(`cannot filter the address "${address}": not an IPv4 address`);
  if (address6 !== undefined && isIP(address6) !== 6)
    throw new Error(`cannot filter the address "${address6}": not IPv6`);
  const table = tableName(link);
  const own6 = ["fe80::/10", "::", ...(address6 === undefined ? [] : [address6])].join(", ");
  return lines([
    // Declared first, so that deleting works whether it existed or not; all of it is one transaction.
    `table inet ${table}`,
    `delete table inet ${table}`,
    `table inet ${table} {`,
    ...chain("from_droplet", [
      `meta nfproto ipv4 ip saddr != ${address} drop`,
      `meta nfproto ipv6 ip6 saddr != { ${own6} } drop`,
      ...(firewalls === null
        ? ["accept"]
        : filter(outboundRules(firewalls), [`ip daddr ${labAddresses.metadata} accept`])),
    ]),
    ...chain("to_droplet", firewalls === null ? ["accept"] : filter(inboundRules(firewalls), [])),
    ...chain("input", [
      "type filter hook input priority filter; policy accept;",
      `iifname "${link}" jump from_droplet`,
    ]),
    ...chain("output", [
      "type filter hook output priority filter; policy accept;",
      `oifname "${link}" jump to_droplet`,
    ]),
    ...chain("forward", [
      "type filter hook forward priority filter; policy accept;",
      `iifname "${link}" jump from_droplet`,
      `oifname "${link}" jump to_droplet`,
    ]),
    "}",
  ]);
}

/**
 * Puts the firewall of a droplet in force, whole or not at all.
 * @throws CommandError when nftables refuses it; what was in force before still is.
 */
export async function enforceCloudFirewall(run: string, target: FirewallTarget): Promise<void> {
  await runNft(run, renderCloudFirewall(target));
}

/** Forgets the firewall of a droplet that is gone. */
export async function dropCloudFirewall(run: string, link: string): Promise<void> {
  const table = tableName(link);
  await runNft(run, lines([`table inet ${table}`, `delete table inet ${table}`]));
}

async function runNft(run: string, rules: string): Promise<void> {
  await runCommand(inNamespace(internetNamespace(run), ["nft", "--file", "-"]), { input: rules });
}

function filter(rules: readonly string[], always: readonly string[]): readonly string[] {
  return [established, neighbours, ...always, ...rules, "drop"];
}

function inboundRules(firewalls: readonly CloudFirewall[]): readonly string[] {
  return firewalls.flatMap(({ inbound }) => inbound.flatMap((rule) => renderRule(rule, "saddr")));
}

function outboundRules(firewalls: readonly CloudFirewall[]): readonly string[] {
  return firewalls.flatMap(({ outbound }) => outbound.flatMap((rule) => renderRule(rule, "daddr")));
}

/** A line per address family; no line for a rule without addresses, which admits nobody. */
function renderRule(rule: FirewallRule, side: "saddr" | "daddr"): readonly string[] {
  const families = [
    { name: "ip", icmp: "meta l4proto icmp", addresses: rule.addresses.filter((cidr) => cidrFamily(cidr) === 4) },
    { name: "ip6", icmp: "meta l4proto ipv6-icmp", addresses: rule.addresses.filter((cidr) => cidrFamily(cidr) === 6) },
  ];
  return families.flatMap(({ name, icmp, addresses }) => {
    const traffic = rule.protocol === "icmp" ? icmp : renderPorts(rule.protocol, rule.ports);
    return addresses.map((address) => `${name} ${side} ${address} ${traffic} accept`);
  });
}

function renderPorts(protocol: string, ports: string): string {
  if (protocol !== "tcp" && protocol !== "udp") throw new Error(`cannot filter the protocol "${protocol}": unknown`);
  if (ports === "0" || ports === "all") return `meta l4proto ${protocol}`;
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(ports) ?? [];
  if (first === undefined || Number(first) < 1 || Number(last) > 65_535 || Number(first) > Number(last)) {
    throw new Error(`cannot filter the ports "${ports}": neither a port nor a range of ports`);
  }
  return `${protocol} dport ${Number(first)}-${Number(last)}`;
}

function cidrFamily(cidr: string): number {
  const [, address = "", length] = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(cidr) ?? [];
  const family = isIP(address);
  if (family === 0 || Number(length ?? 0) > (family === 4 ? 32 : 128)) {
    throw new Error(`cannot filter the address "${cidr}": neither an address nor a network`);
  }
  return family;
}

function chain(name: string, rules: readonly string[]): readonly string[] {
  return [`  chain ${name} {`, ...rules.map((rule) => `    ${rule}`), "  }"];
}

const lines = (parts: readonly string[]): string => parts.map((part) => `${part}\n`).join("");
