// SPDX-License-Identifier: Apache-2.0
import { attempt, problemsOf, valueOf, type Attempt } from "./attempt.ts";
import { costSince, ttlOf, type Ttl } from "./billing.ts";
import type { DigitalOcean } from "./digitalOcean.ts";
import type { CloudDroplet, CloudImage, SizePrice } from "./digitalOceanShapes.ts";
import type { Effects } from "./effects.ts";
import type { Money } from "./money.ts";
import { listPrice, PRICES_OF, SNAPSHOT_GIGABYTE } from "./priceTable.ts";
import type { KnownAgent, KnownAgents } from "./stackOutputs.ts";

/** What one agent costs; what could not be asked is `unknown`. */
export interface AgentCost {
  readonly agent: string;
  readonly size: string;
  /** `gone` costs nothing any more, and what it has cost is not known. */
  readonly droplet: "there" | "gone" | "unknown";
  /** Of the size; `unknown` for one that neither the service nor the table has. */
  readonly price: SizePrice | "unknown";
  /** Where the price is from: the service, or the list price of a day. */
  readonly source: "live" | `table of ${string}`;
  /** RFC 3339, or `unknown`. */
  readonly createdAt: string;
  readonly accrued: Money | "unknown";
  readonly ttl: Ttl | null | "unknown";
  /** From its making to its end; null without an end, no less than what it has cost already. */
  readonly untilTtl: Money | null | "unknown";
}

/** What an image costs that agents boot from. */
export interface ImageCost {
  readonly imageId: string;
  readonly gigabytes: number;
  readonly monthly: Money;
}

/** What a stack costs. */
export interface StackCost {
  readonly agents: readonly AgentCost[];
  readonly images: readonly ImageCost[];
  /** Why something is not live. */
  readonly problems: readonly string[];
}

/** Asks DigitalOcean for sizes, droplets and images; prices of a table stand in where it does not answer. */
export async function fetchStackCost(
  agents: KnownAgents,
  { digitalOcean, now }: Pick<Effects, "digitalOcean" | "now">,
): Promise<StackCost> {
  const cloud = await attempt(digitalOcean);
  const ask = async <T>(question: (client: DigitalOcean) => Promise<T>): Promise<Attempt<T>> =>
    "value" in cloud ? await attempt(async () => await question(cloud.value)) : cloud;
  const [sizes, droplets, images] = await Promise.all([
    ask(async (client) => await client.sizes()),
    ask(async (client) => await client.droplets()),
    ask(async (client) => await client.ownImages()),
  ]);
  const facts = { sizes: valueOf(sizes), droplets: valueOf(droplets), now: now() };
  return {
    agents: [...agents].map(([name, agent]) => costOf(name, agent, facts)),
    images: imageCosts(agents, valueOf(images) ?? []),
    problems: problemsOf([sizes, droplets, images]),
  };
}

interface Facts {
  readonly sizes: ReadonlyMap<string, SizePrice> | undefined;
  readonly droplets: readonly CloudDroplet[] | undefined;
  readonly now: Date;
}

function costOf(name: string, agent: KnownAgent, { sizes, droplets, now }: Facts): AgentCost {
  const droplet = droplets?.find(({ id }) => id === agent.dropletId);
  const size = droplet?.size ?? agent.size;
  const live = droplet?.price ?? sizes?.get(size);
  const price = live ?? listPrice(size) ?? "unknown";
  const createdAt = droplet?.createdAt ?? agent.createdAt ?? "unknown";
  const ttl = ttlOf(agent.ttlHours, createdAt, now);
  const known = droplets === undefined ? "unknown" : droplet === undefined ? "gone" : "there";
  const cost = (until: number): Money | "unknown" =>
    known === "gone" || price === "unknown" || Number.isNaN(Date.parse(createdAt))
      ? "unknown"
      : costSince(price, Date.parse(createdAt), until);
  return {
    ...{ agent: name, size, droplet: known, price, createdAt, ttl },
    source: live === undefined ? `table of ${PRICES_OF}` : "live",
    accrued: cost(now.getTime()),
    // Past its end it goes on to cost.
    untilTtl: ttl === null || ttl === "unknown" ? ttl : cost(Math.max(Date.parse(ttl.endsAt), now.getTime())),
  };
}

function imageCosts(agents: KnownAgents, images: readonly CloudImage[]): readonly ImageCost[] {
  const used = new Set([...agents.values()].map(({ imageId }) => imageId));
  return images
    .filter(({ id }) => used.has(id))
    .map(({ id, sizeGigabytes }) => ({
      imageId: id,
      gigabytes: sizeGigabytes,
      monthly: Math.ceil(sizeGigabytes * SNAPSHOT_GIGABYTE),
    }));
}
