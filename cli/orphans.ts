// SPDX-License-Identifier: Apache-2.0
import { attempt, problemsOf, valueOf } from "./attempt.ts";
import { fetchCloudFacts } from "./cloudFacts.ts";
import type { Effects } from "./effects.ts";
import { configuredStacks, readPulumiYaml, type Project } from "./project.ts";
import type { ReceiptLine } from "./receipt.ts";
import { asList, asObject, asText, ResourceType, type StateResource } from "./stackState.ts";

/** Something that looks like ours and that no stack knows. It is never removed, only named. */
export interface Orphan {
  readonly plane: "droplet" | "firewall" | "VPC" | "volume" | "tailnet node";
  readonly id: string;
  readonly name: string;
  /** It bears this stack's name, so a cut-off update of this stack left it; else it only bears the tag of its agents. */
  readonly isOfThisStack: boolean;
}

/** What a search found, and what could not be looked at. */
export interface OrphanSearch {
  readonly orphans: readonly Orphan[];
  readonly problems: readonly string[];
}

/** Where to search. */
export interface OrphanGround {
  readonly project: Project;
  readonly stackName: string;
  /** The state before the destroy. */
  readonly before: readonly StateResource[];
  /** What the receipt names already. */
  readonly receipt: readonly ReceiptLine[];
}

type SearchEffects = Pick<Effects, "digitalOcean" | "tailscaleApi" | "openStack">;

/** Looks for droplets, firewalls, VPCs and volumes by the stack's name, and for tailnet nodes by the agents' tags. Nothing is changed. */
export async function findOrphans(ground: OrphanGround, effects: SearchEffects): Promise<OrphanSearch> {
  const tags = nodeTagsIn(ground.before);
  const [cloud, devices] = await Promise.all([
    fetchCloudFacts(effects),
    // Without a tag every device of the tailnet would be one of ours.
    tags.size === 0 ? { value: [] } : attempt(async () => await (await effects.tailscaleApi()).devices()),
  ]);
  const [vpcs, volumes] = await Promise.all([
    attempt(async () => await (await effects.digitalOcean()).vpcs()),
    // The program makes none, but one that was attached to an agent by hand outlives it, and is paid for.
    attempt(async () => await (await effects.digitalOcean()).volumes()),
  ]);
  const isNamed = namedFor(ground);
  const candidates: readonly Orphan[] = [
    ...(valueOf(cloud.droplets) ?? [])
      .filter((droplet) => droplet.tags.some(isNamed))
      .map(({ id, name }) => orphan("droplet", id, name)),
    ...(valueOf(cloud.firewalls) ?? [])
      .filter(({ name }) => isNamed(name))
      .map(({ id, name }) => orphan("firewall", id, name)),
    ...(valueOf(vpcs) ?? []).filter(({ name }) => isNamed(name)).map(({ id, name }) => orphan("VPC", id, name)),
    ...(valueOf(volumes) ?? [])
      .filter(({ name, tags: own }) => [name, ...own].some(isNamed))
      .map(({ id, name }) => orphan("volume", id, name)),
    ...(valueOf(devices) ?? [])
      .filter((device) => device.tags.some((tag) => tags.has(tag)))
      .map(({ nodeId, hostname }) => ({ ...orphan("tailnet node", nodeId, hostname), isOfThisStack: false })),
  ];
  const told = idsIn(ground);
  const unknown = candidates.filter(({ id }) => !told.has(id));
  const others = unknown.length === 0 ? { ids: new Set<string>(), problems: [] } : await otherStacks(ground, effects);
  return {
    orphans: unknown.filter(({ id }) => !others.ids.has(id)),
    problems: [...problemsOf([cloud.droplets, cloud.firewalls, vpcs, volumes, devices]), ...others.problems],
  };
}

/** One line for each orphan, for people. */
export function orphanInWords({ plane, id, name }: Orphan): string {
  // A taken-over droplet names its own node: no line of its own, and nothing that turns the text around.
  return `${plane} ${id} (${name.replace(/[^\p{L}\p{N} ._@:/-]/gu, "?").slice(0, 80)})`;
}

function orphan(plane: Orphan["plane"], id: string, name: string): Orphan {
  return { plane, id, name, isOfThisStack: true };
}

/** Names are made of project, stack and agent with hyphens between them, and each of the three may have some. */
function namedFor({ project, stackName }: OrphanGround): (name: string) => boolean {
  const prefix = prefixOf(project, stackName);
  const longer = configuredStacks(project)
    .map((other) => prefixOf(project, other))
    .filter((other) => other.length > prefix.length && other.startsWith(prefix));
  return (given) => {
    const name = given.toLowerCase();
    return name.startsWith(prefix) && !longer.some((other) => name.startsWith(other));
  };
}

function prefixOf(project: Project, stackName: string): string {
  const [, name = ""] = /^name:\s*["']?([\w.-]+)/m.exec(readPulumiYaml(project.root)) ?? [];
  const stack = stackName.split("/").at(-1) ?? stackName;
  return `claws-${name}-${stack}-`.replace(/[^A-Za-z0-9-]/g, "-").toLowerCase();
}

function nodeTagsIn(resources: readonly StateResource[]): ReadonlySet<string> {
  const tags = resources.flatMap(({ type, inputs }) => {
    if (type === ResourceType.command) return [asText(asObject(inputs["environment"])["CLAWS_NODE_TAG"])];
    return type === ResourceType.authKey ? asList(inputs["tags"]).map(asText) : [];
  });
  return new Set(tags.filter((tag) => tag !== ""));
}

function idsIn({ before, receipt }: OrphanGround): ReadonlySet<string> {
  return new Set([...before.map(({ id }) => id), ...receipt.flatMap(({ id, found = [] }) => [id, ...found])]);
}

async function otherStacks(
  { project, stackName }: OrphanGround,
  { openStack }: SearchEffects,
): Promise<{ readonly ids: ReadonlySet<string>; readonly problems: readonly string[] }> {
  const own = stackName.split("/").at(-1);
  const names = configuredStacks(project).filter((name) => name !== own);
  const read = await Promise.all(
    names.map(
      async (name) => await attempt(async () => await (await openStack({ name, root: project.root })).outputs()),
    ),
  );
  const ids = read.flatMap((agents) =>
    [...(valueOf(agents)?.values() ?? [])].flatMap((agent) => [
      ...[agent.dropletId, agent.firewallId, agent.vpcId, agent.nodeId],
    ]),
  );
  const unread = names.filter((_, index) => valueOf(read[index] ?? { problem: "" }) === undefined);
  return {
    ids: new Set(ids),
    problems: unread.map((name) => `stack ${name} could not be read, so what is its own may be named below`),
  };
}
