// SPDX-License-Identifier: Apache-2.0
import { attempt, type Attempt } from "./attempt.ts";
import type { DigitalOcean } from "./digitalOcean.ts";
import type { CloudDroplet, CloudFirewall, CloudImage } from "./digitalOceanShapes.ts";
import type { Effects } from "./effects.ts";

/** What DigitalOcean has now: three questions for any number of agents, so that watching stays far below its rate limit. */
export interface CloudFacts {
  readonly droplets: Attempt<readonly CloudDroplet[]>;
  readonly firewalls: Attempt<readonly CloudFirewall[]>;
  /** The account's own. */
  readonly images: Attempt<readonly CloudImage[]>;
}

/** Asks for all at once; each may fail for itself. */
export async function fetchCloudFacts({ digitalOcean }: Pick<Effects, "digitalOcean">): Promise<CloudFacts> {
  const cloud = await attempt(digitalOcean);
  const ask = async <T>(question: (client: DigitalOcean) => Promise<T>): Promise<Attempt<T>> =>
    "value" in cloud ? await attempt(async () => await question(cloud.value)) : cloud;
  const [droplets, firewalls, images] = await Promise.all([
    ask(async (client) => await client.droplets()),
    ask(async (client) => await client.firewalls()),
    ask(async (client) => await client.ownImages()),
  ]);
  return { droplets, firewalls, images };
}

/** The firewalls that cover a droplet: they name it, or one of its tags. DigitalOcean takes a tag for the same in any capitals. */
export function coveringFirewalls(
  { id, tags }: Pick<CloudDroplet, "id" | "tags">,
  firewalls: readonly CloudFirewall[],
): readonly CloudFirewall[] {
  const own = new Set(tags.map((tag) => tag.toLowerCase()));
  return firewalls.filter(
    (firewall) => firewall.dropletIds.includes(id) || firewall.tags.some((tag) => own.has(tag.toLowerCase())),
  );
}
