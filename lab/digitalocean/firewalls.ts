// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { ApiError, notFound, unprocessable } from "./apiError.ts";
import type { Cloud } from "./cloud.ts";
import { Fields } from "./fields.ts";
import { readRule, renderRule, type RuleSide } from "./firewallRules.ts";
import { pageReply } from "./pagination.ts";
import { type ApiRequest, param, type Reply, type Route } from "./router.ts";
import type { FirewallRecord, FirewallRuleRecord } from "./state.ts";
import { findTag } from "./tagNames.ts";

const maximumRules = 50;
const maximumDroplets = 10;
const maximumTags = 5;

/** What a client decides about a firewall. */
export type FirewallSettings = Pick<FirewallRecord, "name" | "dropletIds" | "tags" | "inbound" | "outbound">;

/** /v2/firewalls without the parts that change one aspect only */
export function firewallRoutes(cloud: Cloud): readonly Route[] {
  const one = "/v2/firewalls/:firewall_id";
  return [
    {
      method: "GET",
      path: "/v2/firewalls",
      handle: (request) => pageReply(request, "firewalls", [...cloud.state.firewalls.values()], renderFirewall),
    },
    { method: "POST", path: "/v2/firewalls", handle: (request) => create(cloud, request) },
    { method: "GET", path: one, handle: (request) => firewallReply(200, existingFirewall(cloud, request)) },
    { method: "PUT", path: one, handle: (request) => replace(cloud, request) },
    {
      method: "DELETE",
      path: one,
      handle: (request) => {
        cloud.state.firewalls.delete(existingFirewall(cloud, request).id);
        cloud.coverage.refresh();
        return { status: 204 };
      },
    },
  ];
}

function create(cloud: Cloud, request: ApiRequest): Reply {
  const settings = checkSettings(cloud, readSettings(request));
  const firewall: FirewallRecord = {
    id: randomUUID(),
    createdAt: cloud.now(),
    applied: new Map(),
    pending: [],
    status: "waiting",
    ...settings,
  };
  checkName(cloud, firewall);
  cloud.state.firewalls.set(firewall.id, firewall);
  cloud.coverage.refresh();
  return firewallReply(202, firewall);
}

/** What the request leaves out is reset, not kept. */
function replace(cloud: Cloud, request: ApiRequest): Reply {
  const firewall = existingFirewall(cloud, request);
  const settings = checkSettings(cloud, readSettings(request));
  checkName(cloud, { ...settings, id: firewall.id });
  Object.assign(firewall, settings);
  cloud.coverage.refresh();
  return firewallReply(200, firewall);
}

/** The firewall of the path. @throws ApiError 404 when there is none. */
export function existingFirewall(cloud: Cloud, request: ApiRequest): FirewallRecord {
  const firewall = cloud.state.firewalls.get(param(request, "firewall_id"));
  if (firewall === undefined) throw notFound();
  return firewall;
}

/** Reads the rules of one direction. @throws ApiError 422 when one is no valid rule. */
export function readRules(fields: Fields, direction: "inbound_rules" | "outbound_rules"): FirewallRuleRecord[] {
  const side: RuleSide = direction === "inbound_rules" ? "sources" : "destinations";
  return fields.objects(direction).map((rule) => readRule(rule, side));
}

function readSettings(request: ApiRequest): FirewallSettings {
  const fields = new Fields(request.body);
  const name = fields.text("name");
  if (!/^[a-zA-Z0-9][a-zA-Z0-9.-]{0,254}$/.test(name)) throw unprocessable("invalid name");
  return {
    name,
    dropletIds: [...new Set(fields.integers("droplet_ids"))],
    tags: [...new Set(fields.texts("tags"))],
    inbound: readRules(fields, "inbound_rules"),
    outbound: readRules(fields, "outbound_rules"),
  };
}

/** Checks all limits and references and writes tags as they are written. @throws ApiError 422 for the first wrong one. */
export function checkSettings(cloud: Cloud, settings: FirewallSettings): FirewallSettings {
  const rules = [...settings.inbound, ...settings.outbound];
  if (rules.length === 0) throw unprocessable("must have at least one rule");
  if (rules.length > maximumRules) throw unprocessable(`may not have more than ${maximumRules} rules`);
  if (settings.dropletIds.length > maximumDroplets) {
    throw unprocessable(`may not have more than ${maximumDroplets} droplets`);
  }
  if (settings.tags.length > maximumTags) throw unprocessable(`may not have more than ${maximumTags} tags`);
  for (const id of [...settings.dropletIds, ...rules.flatMap((rule) => rule.targets.dropletIds)]) {
    if (!cloud.state.droplets.has(id)) throw unprocessable("droplet does not exist");
  }
  const withCanonicalTags = (rule: FirewallRuleRecord): FirewallRuleRecord => ({
    ...rule,
    targets: { ...rule.targets, tags: canonicalTags(cloud, rule.targets.tags) },
  });
  return {
    ...settings,
    tags: canonicalTags(cloud, settings.tags),
    inbound: settings.inbound.map(withCanonicalTags),
    outbound: settings.outbound.map(withCanonicalTags),
  };
}

/** Unlike droplets, firewalls make no tags. */
function canonicalTags(cloud: Cloud, names: readonly string[]): string[] {
  const tags = names.map((name) => {
    const tag = findTag(cloud, name);
    if (tag === undefined) throw unprocessable(`tag ${name} does not exist`);
    return tag.name;
  });
  return [...new Set(tags)];
}

function checkName(cloud: Cloud, { id, name }: Pick<FirewallRecord, "id" | "name">): void {
  const isTaken = [...cloud.state.firewalls.values()].some((other) => other.name === name && other.id !== id);
  if (isTaken) throw new ApiError(409, "duplicate name");
}

function firewallReply(status: number, firewall: FirewallRecord): Reply {
  return { status, body: { firewall: renderFirewall(firewall) } };
}

/** A firewall as the API shows it. */
export function renderFirewall(firewall: FirewallRecord): object {
  const pendingStatus = firewall.status === "failed" ? "failed" : "waiting";
  return {
    id: firewall.id,
    name: firewall.name,
    status: firewall.status,
    inbound_rules: firewall.inbound.map((rule) => renderRule(rule, "sources")),
    outbound_rules: firewall.outbound.map((rule) => renderRule(rule, "destinations")),
    created_at: firewall.createdAt,
    droplet_ids: firewall.dropletIds,
    tags: firewall.tags,
    pending_changes: firewall.pending.map(({ dropletId, removing }) => {
      return { droplet_id: dropletId, removing, status: pendingStatus };
    }),
  };
}
