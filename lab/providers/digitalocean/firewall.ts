// SPDX-License-Identifier: Apache-2.0
import type { BridgedResource } from "../bridge/bridgedProvider.ts";
import { failed } from "../bridge/failed.ts";
import { isZero } from "../bridge/resourceSchema.ts";
import { isList, isMap, type PropertyMap, type PropertyValue } from "../engine/propertyValue.ts";
import { listIn, numberIn, objectIn, textIn } from "./apiObject.ts";
import { type DigitalOceanClient, DigitalOceanError } from "./client.ts";
import { parseRule, planRules, renderRule, type RuleEnd, rulesSchema } from "./firewallRules.ts";
import { TAG_SET } from "./tagNames.ts";

/** A cloud firewall. Its ID is a UUID. An update sends the whole firewall. */
export const firewall: BridgedResource<DigitalOceanClient> = {
  schema: {
    name: { shape: "string", autoName: true },
    dropletIds: { shape: { set: "number" } },
    inboundRules: rulesSchema("source"),
    outboundRules: rulesSchema("destination"),
    tags: TAG_SET,
    status: { shape: "string", outputOnly: true },
    createdAt: { shape: "string", outputOnly: true },
    pendingChanges: { shape: { set: "string" }, outputOnly: true },
  },
  plan({ inboundRules, outboundRules }) {
    if (isZero(inboundRules) && isZero(outboundRules)) throw new Error("At least one rule must be specified");
    planRules(inboundRules, "inbound");
    planRules(outboundRules, "outbound");
  },
  async create(client, inputs) {
    const answer = await client.call("POST", "/v2/firewalls", render(inputs)).catch(failed("Error creating firewall"));
    const id = textIn(objectIn(answer, "firewall"), "id");
    return { id, outputs: (await readFirewall(client, id)) ?? parse(objectIn(answer, "firewall")) };
  },
  read: (client, { id }) => readFirewall(client, id),
  async update(client, { id }, inputs) {
    const path = `/v2/firewalls/${id}`;
    const answer = await client.call("PUT", path, render(inputs)).catch(failed("Error updating firewall"));
    return (await readFirewall(client, id)) ?? parse(objectIn(answer, "firewall"));
  },
  async delete(client, { id }) {
    await client.call("DELETE", `/v2/firewalls/${id}`).catch((error: unknown) => {
      if (error instanceof DigitalOceanError && error.status === 404) return;
      failed("Error deleting firewall")(error);
    });
  },
};

async function readFirewall(client: DigitalOceanClient, id: string): Promise<PropertyMap | undefined> {
  const answer = await client.find(`/v2/firewalls/${id}`).catch(failed("Error retrieving firewall"));
  return answer && parse(objectIn(answer, "firewall"));
}

function render({ name, dropletIds, inboundRules, outboundRules, tags }: PropertyMap): PropertyMap {
  const rules = (end: RuleEnd, value: PropertyValue | undefined) =>
    isList(value) ? value.filter(isMap).map((rule) => renderRule(end, rule)) : [];
  return {
    name,
    droplet_ids: dropletIds ?? [],
    inbound_rules: rules("source", inboundRules),
    outbound_rules: rules("destination", outboundRules),
    tags: tags ?? [],
  };
}

function parse(found: PropertyMap): PropertyMap {
  const rules = (end: RuleEnd, list: readonly PropertyValue[]) =>
    list.filter(isMap).map((rule) => parseRule(end, rule));
  return {
    name: textIn(found, "name"),
    dropletIds: listIn(found, "droplet_ids"),
    inboundRules: rules("source", listIn(found, "inbound_rules")),
    outboundRules: rules("destination", listIn(found, "outbound_rules")),
    tags: listIn(found, "tags"),
    status: textIn(found, "status"),
    createdAt: textIn(found, "created_at"),
    pendingChanges: listIn(found, "pending_changes").filter(isMap).map(parsePending),
  };
}

function parsePending(change: PropertyMap): PropertyMap {
  return {
    dropletId: numberIn(change, "droplet_id"),
    removing: change["removing"] === true,
    status: textIn(change, "status"),
  };
}
