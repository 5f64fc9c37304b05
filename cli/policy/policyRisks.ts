// SPDX-License-Identifier: Apache-2.0
import { isIPv6 } from "node:net";
import { CONTROL_PORT } from "../../protocol/constants.ts";
import { findPolicyFaults, hasEveryAgent } from "../doctor/policyFaults.ts";
import { asList, asObject, asText } from "../stackState.ts";
import { canonical } from "./mergePolicy.ts";

/**
 * What a policy allows agents, or others towards them, beyond what they need: other ways out than the one to the owner's broker,
 * Funnel, routes and exit nodes without approval, tags that agents may hand out, and control for others than the operators.
 *
 * @param ours what `claws tailnet policy show` prints for the same request
 */
export function findPolicyRisks(
  policy: unknown,
  tag: string,
  ours: Readonly<Record<string, unknown>>,
): readonly string[] {
  const { nodeAttrs, autoApprovers, tagOwners, grants, acls, ssh } = asObject(policy);
  const known = new Set([...asList(ours["grants"]), ...asList(ours["ssh"])].map(canonical));
  const foreign = (rules: unknown): readonly Rule[] =>
    asList(rules)
      .filter((rule) => !known.has(canonical(rule)))
      .map(asObject);
  const isAgent = (one: string): boolean => one === tag || hasEveryAgent(one);
  return [
    ...findPolicyFaults({ grants: foreign(grants), acls }, tag).flatMap(({ text }) =>
      /^a grant lets/.test(text) ? [text] : [],
    ),
    ...[...foreign(grants), ...asList(acls).map(asObject)].flatMap((rule) => towardsAgents(rule, tag)),
    ...foreign(ssh).flatMap((rule) => sshRisk(rule, isAgent)),
    ...asList(nodeAttrs)
      .map(asObject)
      .flatMap((rule) => funnelRisk(rule, isAgent)),
    ...approvals(asObject(autoApprovers), isAgent),
    ...Object.entries(asObject(tagOwners)).flatMap(([owned, owners]) =>
      words(owners).includes(tag) ? [`${tag} owns ${owned}: an agent could make nodes that carry it`] : [],
    ),
  ];
}

type Rule = Readonly<Record<string, unknown>>;

/** Others than the operators who reach the agents' control port. What they may do there is up to the capability, which they lack. */
function towardsAgents({ src, dst, ip, app }: Rule, tag: string): readonly string[] {
  const places = words(dst).map(splitPorts);
  const reached = places.filter(({ host }) => host === tag || hasEveryAgent(host));
  if (reached.length === 0) return [];
  const who = words(src).join(", ") || "somebody";
  if (Object.keys(asObject(app)).length > 0)
    return [`a grant lets ${who} use an app of ${tag} that claws does not know`];
  const ports = words(ip).map((one) => one.replace(/^tcp:/, ""));
  const named = reached.flatMap(({ ports: own }) => own ?? (ports.length === 0 ? ["*"] : ports));
  if (named.includes("*")) return [`a grant lets ${who} connect to every port of ${tag}, also to the control port`];
  return named.some(isControl) ? [`a grant lets ${who} connect to the control port of ${tag}`] : [];
}

/** Entries of `acls` name ports behind the host, `tag:agent:22,7000-8000`; grants name them apart. */
function splitPorts(place: string): { readonly host: string; readonly ports?: readonly string[] } {
  const [, host = "", ports = ""] = /^(.+):(\*|\d[\d,-]*)$/.exec(place) ?? [];
  // The last group of an IPv6 address is no port.
  return host === "" || isIPv6(place) ? { host: place } : { host, ports: ports.split(",") };
}

function isControl(ports: string): boolean {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(ports) ?? [];
  return Number(first) <= CONTROL_PORT && CONTROL_PORT <= Number(last);
}

function sshRisk({ src, dst, users }: Rule, isAgent: (one: string) => boolean): readonly string[] {
  const [from, to] = [words(src).find(isAgent), words(dst).find(isAgent)];
  if (from !== undefined) return [`an ssh rule lets ${from}, agents too, log in to ${words(dst).join(", ")}`];
  return to === undefined
    ? []
    : [`an ssh rule lets ${words(src).join(", ")} log in to ${to} as ${words(users).join(", ")}`];
}

function funnelRisk({ target, attr }: Rule, isAgent: (one: string) => boolean): readonly string[] {
  const who = words(target).find(isAgent);
  return who !== undefined && words(attr).includes("funnel")
    ? [`Funnel lets ${who}, agents too, listen on the internet`]
    : [];
}

function approvals({ routes, exitNode }: Rule, isAgent: (one: string) => boolean): readonly string[] {
  const routed = Object.entries(asObject(routes)).filter(([, owners]) => words(owners).some(isAgent));
  return [
    ...routed.map(([route]) => `autoApprovers let an agent announce the route ${route} without being asked`),
    ...(words(exitNode).some(isAgent) ? ["autoApprovers let an agent be an exit node without being asked"] : []),
  ];
}

function words(value: unknown): readonly string[] {
  return asList(value).map(asText);
}
