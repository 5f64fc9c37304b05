// SPDX-License-Identifier: Apache-2.0
import { valueOf, type Attempt } from "./attempt.ts";
import { coveringFirewalls, type CloudFacts } from "./cloudFacts.ts";
import type { CloudDroplet } from "./digitalOceanShapes.ts";
import type { KnownAgent } from "./stackOutputs.ts";
import { asList, asText, ResourceType, type StateResource } from "./stackState.ts";
import type { TailnetPeer } from "./tailnet.ts";

/** One thing that is not as the last `up` left it. */
export interface Drift {
  readonly what: string;
  /** As the state has it. */
  readonly wanted: string;
  /** As it is now. */
  readonly found: string;
}

/** What differs, and what could not be compared. */
export interface DriftReport {
  readonly drift: readonly Drift[];
  readonly unchecked: readonly string[];
}

/** What one agent's drift is read from. */
export interface DriftSources {
  /** The stack's state. */
  readonly resources: Attempt<readonly StateResource[]>;
  readonly cloud: CloudFacts;
  /** Undefined inside of an answer: this machine does not see the node. */
  readonly peer: Attempt<TailnetPeer | undefined>;
}

/** Compares the inputs of the last update with what is there now. Nothing is refreshed and the program does not run. */
export function findDrift(name: string, agent: KnownAgent, sources: DriftSources): DriftReport {
  const reports = [dropletDrift(name, agent, sources), firewallDrift(agent, sources), nodeDrift(agent, sources)];
  return {
    drift: reports.flatMap(({ drift }) => drift),
    unchecked: reports.flatMap(({ unchecked }) => unchecked),
  };
}

const nothing: DriftReport = { drift: [], unchecked: [] };

function dropletDrift(name: string, agent: KnownAgent, { resources, cloud }: DriftSources): DriftReport {
  const state = valueOf(resources)?.find((one) => one.type === ResourceType.droplet && one.agent === name);
  const droplets = valueOf(cloud.droplets);
  if (droplets === undefined || state === undefined) return { drift: [], unchecked: ["droplet"] };
  const live = droplets.find(({ id }) => id === agent.dropletId);
  if (live === undefined)
    return { drift: [{ what: "droplet", wanted: agent.dropletId, found: "gone" }], unchecked: [] };
  const compared = [...comparisons(state, live), ...featureComparisons(state, live)];
  return { drift: compared.filter(({ wanted, found }) => wanted !== found), unchecked: [] };
}

function comparisons({ inputs }: StateResource, live: CloudDroplet): readonly Drift[] {
  const wanted = (input: string, now: string): string => asText(inputs[input]) || now;
  return [
    { what: "name", wanted: wanted("name", live.name), found: live.name },
    { what: "size", wanted: wanted("size", live.size), found: live.size },
    { what: "region", wanted: wanted("region", live.region), found: live.region },
    { what: "image", wanted: wanted("image", live.imageId), found: live.imageId },
    { what: "tags", wanted: listed(asList(inputs["tags"]).map(asText)), found: listed(live.tags) },
    { what: "VPC", wanted: wanted("vpcUuid", live.vpcId), found: live.vpcId },
  ];
}

/** Switches of a droplet that can be turned in the console. Its user-data is not among them: the service tells it to nobody but the droplet. */
const FEATURES = ["backups", "monitoring", "ipv6"] as const;

function featureComparisons({ inputs }: StateResource, { features }: CloudDroplet): readonly Drift[] {
  if (features === null) return [];
  const inWords = (isOn: boolean): string => (isOn ? "on" : "off");
  return FEATURES.map((what) => ({
    what,
    // What the program does not say is off: the provider's default.
    wanted: inWords(inputs[what] === true),
    found: inWords(features.includes(what)),
  }));
}

function firewallDrift(agent: KnownAgent, { cloud }: DriftSources): DriftReport {
  const live = valueOf(cloud.droplets)?.find(({ id }) => id === agent.dropletId);
  const firewalls = valueOf(cloud.firewalls);
  if (firewalls === undefined || valueOf(cloud.droplets) === undefined) return { drift: [], unchecked: ["firewall"] };
  if (live === undefined) return nothing;
  const covering = coveringFirewalls(live, firewalls);
  const own = covering.find(({ id }) => id === agent.firewallId);
  const missing = { what: "firewall", wanted: agent.firewallId, found: "does not cover the droplet" };
  return {
    drift: [
      ...(own === undefined ? [missing] : []),
      ...covering
        .filter(({ inboundRules }) => inboundRules > 0)
        .map(({ name, inboundRules }) => ({
          what: "inbound rules",
          wanted: "0",
          found: `${inboundRules} in firewall "${name}"`,
        })),
      ...covering
        .filter(({ status, pendingChanges }) => status !== "succeeded" || pendingChanges > 0)
        .map(({ name, status }) => ({
          what: "firewall",
          wanted: "in effect",
          found: `"${name}" ${status === "failed" ? "failed" : "is not in effect yet"}`,
        })),
    ],
    unchecked: [],
  };
}

function nodeDrift({ nodeId, nodeTag }: KnownAgent, { peer }: DriftSources): DriftReport {
  if ("problem" in peer) return { drift: [], unchecked: ["node"] };
  if (peer.value === undefined)
    return { drift: [{ what: "node", wanted: nodeId, found: "not seen by this machine" }], unchecked: [] };
  const found = listed(peer.value.tags);
  return found === nodeTag ? nothing : { drift: [{ what: "node tags", wanted: nodeTag, found }], unchecked: [] };
}

/** Tags in one order: the service has none. */
function listed(tags: readonly string[]): string {
  return [...tags].sort().join(", ") || "none";
}
