// SPDX-License-Identifier: Apache-2.0
import type { DaemonStatus } from "../protocol/daemonStatus.ts";
import { AGENTS_AT_ONCE, atOnce } from "./atOnce.ts";
import { attempt, problemsOf, valueOf, type Attempt } from "./attempt.ts";
import { costSince, ttlOf, type Ttl } from "./billing.ts";
import { fetchCloudFacts, type CloudFacts } from "./cloudFacts.ts";
import type { CloudDroplet } from "./digitalOceanShapes.ts";
import { findDrift, type Drift } from "./drift.ts";
import type { Effects } from "./effects.ts";
import { toDollars } from "./money.ts";
import { imageStatus, type ImageStatus } from "./newerImage.ts";
import type { KnownAgent, KnownAgents } from "./stackOutputs.ts";
import { readStackState, type StateResource } from "./stackState.ts";
import type { Stack } from "./stackTypes.ts";
import type { TailnetPeer, TailnetStatus } from "./tailnet.ts";
import { askOnce } from "./waitForAgents.ts";

/**
 * What is known of one agent now, and the form of `claws status --json`: members are added by later releases, none is changed. What could
 * not be asked is `unknown`, what does not exist is null, and `problems` says why something is not known.
 */
export interface AgentStatus {
  readonly agent: string;
  readonly dropletId: string;
  /** DigitalOcean's word, `gone` or `unknown`. */
  readonly droplet: string;
  readonly size: string | null;
  readonly region: string | null;
  /** RFC 3339. */
  readonly createdAt: string | null;
  readonly image: ImageStatus | null | "unknown";
  /** US dollars with all their decimals. */
  readonly price: Price | null | "unknown";
  readonly ttl: Ttl | null | "unknown";
  /** What is not as the last `up` left it. */
  readonly drift: readonly Drift[];
  /** What could not be compared with the last `up`. */
  readonly unchecked: readonly string[];
  readonly nodeId: string;
  readonly nodeName: string;
  readonly node: "online" | "offline" | "absent" | "unknown";
  /** First tailnet address of the node, or null if it is not known. */
  readonly address: string | null;
  /** Changes whenever the daemon starts anew; null if it cannot be asked. */
  readonly bootId: string | null;
  readonly state: "sealed" | "open" | "relay" | "unreachable";
  /** Release of the daemon; null if it cannot be asked. */
  readonly release: string | null;
  readonly keys: DaemonStatus["keys"];
  readonly problems: readonly string[];
}

/** What a droplet costs. */
export interface Price {
  readonly monthly: number;
  readonly hourly: number;
  /** Since it was made. */
  readonly accrued: number;
}

/** What is known of all agents together; it changes less often than they do. */
export interface StatusSources {
  readonly agents: KnownAgents;
  readonly cloud: CloudFacts;
  readonly resources: Attempt<readonly StateResource[]>;
}

/** Asks the stack's state and DigitalOcean, all at once. @throws UserError when the stack has no agents to ask about */
export async function fetchSources(
  stack: Stack,
  agentsOf: (stack: Stack) => Promise<KnownAgents>,
  effects: Pick<Effects, "digitalOcean">,
): Promise<StatusSources> {
  const [agents, cloud, resources] = await Promise.all([
    agentsOf(stack),
    fetchCloudFacts(effects),
    attempt(async () => readStackState(await stack.exportState())),
  ]);
  return { agents, cloud, resources };
}

/** Asks the operator's tailscaled and each daemon, all at once. */
export async function fetchAgentStatus(
  sources: StatusSources,
  effects: Pick<Effects, "tailnetStatus" | "daemonAt" | "now">,
): Promise<readonly AgentStatus[]> {
  const tailnet = await attempt(async () => await effects.tailnetStatus());
  return await atOnce(AGENTS_AT_ONCE, [...sources.agents], async ([name, agent]) => {
    const daemon =
      "value" in tailnet
        ? await askOnce(agent, { ...effects, tailnetStatus: () => Promise.resolve(tailnet.value) })
        : tailnet.problem;
    return statusOf({ name, agent, tailnet, daemon, now: effects.now() }, sources);
  });
}

interface Asked {
  readonly name: string;
  readonly agent: KnownAgent;
  readonly tailnet: Attempt<TailnetStatus>;
  /** Or why it did not answer. */
  readonly daemon: DaemonStatus | string;
  readonly now: Date;
}

function statusOf({ name, agent, tailnet, daemon, now }: Asked, { cloud, resources }: StatusSources): AgentStatus {
  const peer: Attempt<TailnetPeer | undefined> =
    "value" in tailnet ? { value: tailnet.value.peers.find(({ nodeId }) => nodeId === agent.nodeId) } : tailnet;
  const answered = typeof daemon === "string" ? undefined : daemon;
  return {
    agent: name,
    dropletId: agent.dropletId,
    ...dropletStatus(agent, cloud, now),
    ...findDrift(name, agent, { resources, cloud, peer }),
    nodeId: agent.nodeId,
    nodeName: agent.nodeName,
    node: nodeState(peer),
    address: valueOf(peer)?.addresses[0] ?? null,
    bootId: answered?.bootId ?? null,
    state: answered?.state ?? "unreachable",
    release: answered?.version ?? null,
    keys: answered?.keys ?? [],
    problems: [
      ...problemsOf([cloud.droplets, cloud.firewalls, cloud.images, resources]),
      ...(typeof daemon === "string" ? [daemon] : []),
    ],
  };
}

type DropletPart = Pick<AgentStatus, "droplet" | "size" | "region" | "createdAt" | "image" | "price" | "ttl">;

function dropletStatus(agent: KnownAgent, { droplets, images }: CloudFacts, now: Date): DropletPart {
  const list = valueOf(droplets);
  const live = list?.find(({ id }) => id === agent.dropletId);
  if (live !== undefined) {
    return {
      ...{ droplet: live.status, size: live.size, region: live.region, createdAt: live.createdAt },
      image: imageStatus(live, valueOf(images)),
      price: priceOf(live, now),
      ttl: ttlOf(agent.ttlHours, live.createdAt, now),
    };
  }
  const nothing = list === undefined ? "unknown" : null;
  return {
    ...{ droplet: nothing ?? "gone", size: nothing, region: nothing, createdAt: nothing },
    ...{ image: nothing, price: nothing, ttl: nothing },
  };
}

function priceOf({ price, createdAt }: CloudDroplet, now: Date): Price | "unknown" {
  const made = Date.parse(createdAt);
  if (Number.isNaN(made)) return "unknown";
  const accrued = toDollars(costSince(price, made, now.getTime()));
  return { monthly: toDollars(price.monthly), hourly: toDollars(price.hourly), accrued };
}

function nodeState(peer: Attempt<TailnetPeer | undefined>): AgentStatus["node"] {
  if ("problem" in peer) return "unknown";
  return peer.value === undefined ? "absent" : peer.value.online ? "online" : "offline";
}
