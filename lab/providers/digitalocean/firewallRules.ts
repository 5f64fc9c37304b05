// SPDX-License-Identifier: Apache-2.0
import type { PropertySchema } from "../bridge/resourceSchema.ts";
import {
  asText,
  isAbsent,
  isList,
  isMap,
  isUnknown,
  type PropertyMap,
  type PropertyValue,
} from "../engine/propertyValue.ts";
import { listIn, objectIn, textIn } from "./apiObject.ts";
import { TAG_SET } from "./tagNames.ts";

/** Where a rule's traffic comes from or goes to: the start of its inputs' names. */
export type RuleEnd = "source" | "destination";

const PEERS = [
  ["addresses", "Addresses"],
  ["droplet_ids", "DropletIds"],
  ["load_balancer_uids", "LoadBalancerUids"],
  ["kubernetes_ids", "KubernetesIds"],
  ["tags", "Tags"],
] as const;

/** Returns the schema of a firewall's rules in one direction. */
export function rulesSchema(end: RuleEnd): PropertySchema {
  const texts: PropertySchema = { shape: { set: "string" }, refuse: refuseEmpty };
  const object: Record<string, PropertySchema> = {
    protocol: { shape: "string", required: true, refuse: refuseProtocol },
    portRange: { shape: "string", refuse: refuseEmpty },
    [`${end}Addresses`]: texts,
    [`${end}DropletIds`]: { shape: { set: "number" } },
    [`${end}LoadBalancerUids`]: texts,
    [`${end}KubernetesIds`]: texts,
    [`${end}Tags`]: TAG_SET,
  };
  return { shape: { set: { object } } };
}

/** Refuses (throws) a rule that the plan of the official provider refuses. Unknown rules pass. */
export function planRules(rules: PropertyValue | undefined, direction: "inbound" | "outbound"): void {
  for (const rule of isList(rules) ? rules : []) {
    if (!isMap(rule) || isUnknown(rule["protocol"])) continue;
    const { protocol, portRange } = rule;
    if (protocol !== "icmp" && (isAbsent(portRange) || portRange === "")) {
      throw new Error(`\`port_range\` of ${direction} rules is required if protocol is \`tcp\` or \`udp\``);
    }
  }
}

/** Writes a rule for the API. */
export function renderRule(end: RuleEnd, rule: PropertyMap): PropertyMap {
  const { protocol, portRange } = rule;
  const peers = PEERS.map(([wire, name]) => [wire, rule[`${end}${name}`]] as const);
  const given = peers.filter(([, value]) => isList(value) && value.length > 0);
  return { protocol, ...(isAbsent(portRange) ? {} : { ports: portRange }), [`${end}s`]: Object.fromEntries(given) };
}

/** Reads a rule of the API: its ports "0" are all ports, and none for ICMP. */
export function parseRule(end: RuleEnd, rule: PropertyMap): PropertyMap {
  const [protocol, ports] = [textIn(rule, "protocol"), textIn(rule, "ports")];
  const peers = objectIn(rule, `${end}s`);
  const given = PEERS.filter(([wire]) => listIn(peers, wire).length > 0);
  return {
    protocol,
    ...portRangeOf(protocol, ports),
    ...Object.fromEntries(given.map(([wire, name]) => [`${end}${name}`, peers[wire]])),
  };
}

function portRangeOf(protocol: string, ports: string): PropertyMap {
  if (ports === "0") return protocol === "icmp" ? {} : { portRange: "all" };
  return ports === "" ? {} : { portRange: ports };
}

function refuseEmpty(value: PropertyValue): string | undefined {
  return value === "" ? "must not be empty" : undefined;
}

function refuseProtocol(value: PropertyValue): string | undefined {
  return ["tcp", "udp", "icmp"].includes(asText(value))
    ? undefined
    : `expected tcp, udp or icmp, got "${asText(value)}"`;
}
