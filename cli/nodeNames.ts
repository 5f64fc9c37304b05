// SPDX-License-Identifier: Apache-2.0
import { asList, asObject, asText, ResourceType, type StateResource } from "./stackState.ts";
import type { TailnetDevice } from "./tailscaleApi.ts";

/** The name under which an agent's droplet joins the tailnet, whether or not the state knows that it has. */
export interface NodeName {
  readonly agent: string;
  /** Host name and tags, for people. */
  readonly text: string;
  /** Whether the device has the host name and one of the tags; any tag, when the state names none. */
  readonly isBorneBy: (device: Pick<TailnetDevice, "hostname" | "tags">) => boolean;
}

/** The names of all agents that have, or may have, a droplet or an auth key in the state. */
export function findNodeNames(resources: readonly StateResource[]): readonly NodeName[] {
  const found = new Map<string, { agent: string; tags: Set<string> }>();
  for (const resource of resources) {
    const hostname = hostnameOf(resource);
    if (hostname === "") continue;
    const entry = found.get(hostname) ?? { agent: resource.agent, tags: new Set() };
    for (const tag of tagsOf(resource)) entry.tags.add(tag);
    found.set(hostname, entry);
  }
  return [...found].map(([hostname, { agent, tags }]) => ({
    agent,
    text: [hostname, ...(tags.size === 0 ? ["with any tag"] : tags)].join(" "),
    isBorneBy: (device) => device.hostname === hostname && device.tags.some((tag) => tags.size === 0 || tags.has(tag)),
  }));
}

/** An agent's host name is its own name; the step that waits for the node carries it in its environment. */
function hostnameOf({ type, agent, inputs }: StateResource): string {
  if (type === ResourceType.command) return asText(asObject(inputs["environment"])["CLAWS_NODE_HOSTNAME"]);
  return type === ResourceType.droplet || type === ResourceType.authKey ? agent : "";
}

function tagsOf({ type, inputs }: StateResource): readonly string[] {
  const tags =
    type === ResourceType.command ? [asObject(inputs["environment"])["CLAWS_NODE_TAG"]] : asList(inputs["tags"]);
  // A droplet's tags are DigitalOcean's.
  return type === ResourceType.droplet ? [] : tags.map(asText).filter((tag) => tag !== "");
}
