// SPDX-License-Identifier: Apache-2.0
import { CONTROL_CAPABILITY } from "../../protocol/constants.ts";
import { asList, asObject, asText } from "../stackState.ts";

/** What a tailnet policy lacks or has too much for agents with one tag. */
export interface PolicyFault {
  readonly level: "warn" | "fault";
  readonly text: string;
}

/** A machine of the owner's at one port, such as the broker that agents may reach. */
const ONE_HOST = /^(?:host:)?100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.\d{1,3}\.\d{1,3}$/;
/** Names for all nodes, all with a tag, or all addresses that Tailscale gives: agents are among them. */
const EVERYBODY: readonly string[] = [
  ...["*", "autogroup:tagged", "autogroup:danger-all"],
  ...["0.0.0.0/0", "100.64.0.0/10", "::/0", "fd7a:115c:a1e0::/48"],
];

/** Whether a word of a policy stands for every agent, whatever its tag. */
export function hasEveryAgent(word: string): boolean {
  return EVERYBODY.includes(word);
}

/** Looks at a policy, as Tailscale gives it in JSON, for what agents need and what they must not have. */
export function findPolicyFaults(policy: unknown, tag: string): readonly PolicyFault[] {
  const { tagOwners, grants, acls, tests } = asObject(policy);
  const rules = [...asList(grants), ...asList(acls)].map(asObject);
  return [
    ...(Object.hasOwn(asObject(tagOwners), tag) ? [] : [fault(`nobody owns ${tag}, so no auth key can carry it`)]),
    ...(rules.some((rule) => letsControl(rule, tag)) ? [] : [fault(`no grant lets an operator control ${tag}`)]),
    ...rules.flatMap((rule) => sourceFault(rule, tag)),
    ...(asList(tests).some((test) => isDenial(test, tag))
      ? []
      : [warning(`no test proves that ${tag} reaches nobody`)]),
  ];
}

function letsControl({ dst, app }: Readonly<Record<string, unknown>>, tag: string): boolean {
  return words(dst).some((one) => one === tag || one === "*") && Object.hasOwn(asObject(app), CONTROL_CAPABILITY);
}

function sourceFault({ src, dst, ip }: Readonly<Record<string, unknown>>, tag: string): readonly PolicyFault[] {
  const named = words(src).find((one) => one === tag || hasEveryAgent(one));
  if (named === undefined) return [];
  const isBroker = named === tag && words(dst).every((one) => ONE_HOST.test(one)) && words(ip).every(isOnePort);
  if (isBroker && words(dst).length > 0 && words(ip).length > 0) return [];
  const who = named === tag ? tag : `${named}, agents too,`;
  return [fault(`a grant lets ${who} reach ${words(dst).join(", ") || "something"}`)];
}

function isOnePort(ip: string): boolean {
  return /^(?:tcp:)?[1-9]\d*$/.test(ip);
}

function isDenial(test: unknown, tag: string): boolean {
  const { src, deny } = asObject(test);
  return asText(src) === tag && asList(deny).length > 0;
}

function words(value: unknown): readonly string[] {
  return asList(value).map(asText);
}

function fault(text: string): PolicyFault {
  return { level: "fault", text };
}

function warning(text: string): PolicyFault {
  return { level: "warn", text };
}
