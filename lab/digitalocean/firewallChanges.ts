// SPDX-License-Identifier: Apache-2.0
import { badRequest, unprocessable } from "./apiError.ts";
import type { Cloud } from "./cloud.ts";
import { Fields } from "./fields.ts";
import { isSameRule } from "./firewallRules.ts";
import { checkSettings, existingFirewall, type FirewallSettings, readRules } from "./firewalls.ts";
import type { ApiRequest, Reply, Route } from "./router.ts";
import type { FirewallRuleRecord } from "./state.ts";

type Change = (settings: FirewallSettings, fields: Fields) => FirewallSettings;

/** /v2/firewalls/{id}/{droplets,tags,rules}: POST adds, DELETE takes away */
export function firewallChangeRoutes(cloud: Cloud): readonly Route[] {
  const one = "/v2/firewalls/:firewall_id";
  const route = (method: "POST" | "DELETE", part: string, change: Change): Route => ({
    method,
    path: `${one}/${part}`,
    handle: (request) => apply(cloud, request, change),
  });
  return [
    route("POST", "droplets", (settings, fields) => ({
      ...settings,
      dropletIds: [...new Set([...settings.dropletIds, ...required(fields, "droplet_ids").integers("droplet_ids")])],
    })),
    route("DELETE", "droplets", (settings, fields) => {
      const gone = required(fields, "droplet_ids").integers("droplet_ids");
      return { ...settings, dropletIds: settings.dropletIds.filter((id) => !gone.includes(id)) };
    }),
    route("POST", "tags", (settings, fields) => ({
      ...settings,
      tags: [...new Set([...settings.tags, ...required(fields, "tags").texts("tags")])],
    })),
    route("DELETE", "tags", (settings, fields) => {
      const gone = required(fields, "tags")
        .texts("tags")
        .map((tag) => tag.toLowerCase());
      return { ...settings, tags: settings.tags.filter((tag) => !gone.includes(tag.toLowerCase())) };
    }),
    route("POST", "rules", (settings, fields) => changeRules(settings, fields, addRules)),
    route("DELETE", "rules", (settings, fields) => changeRules(settings, fields, removeRules)),
  ];
}

function apply(cloud: Cloud, request: ApiRequest, change: Change): Reply {
  const firewall = existingFirewall(cloud, request);
  const { name, dropletIds, tags, inbound, outbound } = firewall;
  const changed = change({ name, dropletIds, tags, inbound, outbound }, new Fields(request.body));
  Object.assign(firewall, checkSettings(cloud, changed));
  cloud.coverage.refresh();
  return { status: 204 };
}

function required(fields: Fields, name: string): Fields {
  if (!fields.has(name)) throw badRequest();
  return fields;
}

type RuleChange = (old: readonly FirewallRuleRecord[], named: readonly FirewallRuleRecord[]) => FirewallRuleRecord[];

function changeRules(settings: FirewallSettings, fields: Fields, change: RuleChange): FirewallSettings {
  if (!fields.has("inbound_rules") && !fields.has("outbound_rules")) throw badRequest();
  return {
    ...settings,
    inbound: change(settings.inbound, readRules(fields, "inbound_rules")),
    outbound: change(settings.outbound, readRules(fields, "outbound_rules")),
  };
}

const addRules: RuleChange = (old, named) => [
  ...old,
  ...named.filter((rule) => !old.some((other) => isSameRule(other, rule))),
];

const removeRules: RuleChange = (old, named) => {
  const isUnknown = named.some((rule) => !old.some((other) => isSameRule(other, rule)));
  if (isUnknown) throw unprocessable("rule does not exist");
  return old.filter((rule) => !named.some((other) => isSameRule(other, rule)));
};
