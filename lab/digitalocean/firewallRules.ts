// SPDX-License-Identifier: Apache-2.0
import { isIP } from "node:net";
import { unprocessable } from "./apiError.ts";
import type { Fields } from "./fields.ts";
import { parseIpv4Cidr } from "./ipv4.ts";
import type { FirewallRuleRecord, FirewallTargets } from "./state.ts";

/** Where a rule says who is at the other end. */
export type RuleSide = "sources" | "destinations";

const protocols = ["tcp", "udp", "icmp"] as const;
const highestPort = 65_535;

/** Reads one rule of a request. @throws ApiError 422 when it is no valid rule. */
export function readRule(fields: Fields, side: RuleSide): FirewallRuleRecord {
  const protocol = protocols.find((known) => known === fields.text("protocol").toLowerCase());
  if (protocol === undefined) throw unprocessable("you must specify a valid protocol: tcp, udp or icmp");
  const action = fields.optionalText("action") ?? "allow";
  if (action !== "allow" && action !== "deny") throw unprocessable("you must specify a valid action");
  const targets = fields.optionalObject(side);
  if (targets === undefined) throw unprocessable(`you must specify ${side}`);
  return { protocol, ports: readPorts(protocol, fields.raw("ports")), action, targets: readTargets(targets) };
}

/** A rule as the API shows it; what is empty is left out. */
export function renderRule(rule: FirewallRuleRecord, side: RuleSide): object {
  const { addresses, tags, dropletIds } = rule.targets;
  return {
    protocol: rule.protocol,
    ports: rule.ports,
    action: rule.action,
    [side]: {
      ...(addresses.length > 0 && { addresses }),
      ...(tags.length > 0 && { tags }),
      ...(dropletIds.length > 0 && { droplet_ids: dropletIds }),
    },
  };
}

/** Whether two rules say the same, whatever the order of their targets. */
export function isSameRule(a: FirewallRuleRecord, b: FirewallRuleRecord): boolean {
  const print = ({ protocol, ports, action, targets }: FirewallRuleRecord): string =>
    JSON.stringify([
      protocol,
      ports,
      action,
      [...targets.addresses].sort(),
      [...targets.tags].sort(),
      [...targets.dropletIds].sort(),
    ]);
  return print(a) === print(b);
}

/**
 * Reads ports as the API stores them: "0" for all, a port, or a range. Numbers are taken too; for icmp there is only "0".
 * @throws ApiError 422 when they are none.
 */
export function readPorts(protocol: FirewallRuleRecord["protocol"], value: unknown): string {
  const text = typeof value === "number" ? String(value) : (value ?? "");
  if (typeof text !== "string") throw unprocessable("you must specify a valid range for ports");
  if (text === "all" || text === "0") return "0";
  if (protocol === "icmp") {
    if (text === "") return "0";
    throw unprocessable("you must not specify ports for icmp");
  }
  if (text === "") throw unprocessable("you must specify a positive value for ports");
  const [first, last = first] = text.split("-").map(readPort);
  const isRange = /^\d+(-\d+)?$/.test(text) && first !== undefined && last !== undefined && first <= last;
  if (!isRange) throw unprocessable("you must specify a valid range for ports");
  return text.includes("-") ? `${first}-${last}` : String(first);
}

function readPort(text: string): number | undefined {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= highestPort ? port : undefined;
}

function readTargets(fields: Fields): FirewallTargets {
  const addresses = fields.texts("addresses");
  const wrong = addresses.find((address) => !isAddressOrCidr(address));
  if (wrong !== undefined) throw unprocessable(`invalid address: ${wrong}`);
  if (fields.texts("load_balancer_uids").length > 0) throw unprocessable("load balancer does not exist");
  if (fields.texts("kubernetes_ids").length > 0) throw unprocessable("kubernetes cluster does not exist");
  return { addresses, tags: fields.texts("tags"), dropletIds: fields.integers("droplet_ids") };
}

/** Whether a text is an IPv4 or IPv6 address, with or without a prefix length. */
export function isAddressOrCidr(text: string): boolean {
  const [address = "", prefix, ...rest] = text.split("/");
  // Node takes "fe80::1%eth0" for an address; a zone means nothing in a cloud.
  if (rest.length > 0 || address.includes("%")) return false;
  if (prefix === undefined) return isIP(address) !== 0;
  if (isIP(address) !== 6) return parseIpv4Cidr(text) !== undefined;
  return /^(0|[1-9][0-9]{0,2})$/.test(prefix) && Number(prefix) <= 128;
}
