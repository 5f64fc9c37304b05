// SPDX-License-Identifier: Apache-2.0
import { attempt, valueOf } from "../attempt.ts";
import type { DigitalOcean, ReadablePath } from "../digitalOcean.ts";
import { concern, type Check, type Concern } from "../doctor.ts";
import { failure } from "../errors.ts";
import { readProjectFile } from "../fileRead.ts";
import { findProject, stackName } from "../project.ts";
import { stackFilePath } from "../readStackFile.ts";
import { notLookedAt, type DoctorWorld } from "./doctorWorld.ts";

/** What an update reads; without one of these it fails on the way. */
const NEEDED: readonly ReadablePath[] = ["droplets", "firewalls", "tags", "vpcs"];
const USEFUL: readonly ReadablePath[] = ["images", "sizes", "volumes"];
const SCOPES: Readonly<Record<ReadablePath, string>> = {
  ...{ droplets: "droplet", firewalls: "firewall", tags: "tag", vpcs: "vpc" },
  ...{ images: "image:read", sizes: "sizes:read" },
  volumes: "block_storage:read",
};
/** The program's default. */
const DEFAULT_REGION = "nyc3";

/** What DigitalOcean lets the token see. Nothing is written, so a scope to write is not tried. */
export function cloudChecks(world: DoctorWorld): readonly Check[] {
  const group = "DigitalOcean";
  const withCloud = (look: (cloud: DigitalOcean) => Promise<string | Concern>) => async () => {
    const cloud = await world.cloud();
    // Without a client, or with credentials that are refused, the first check has the fault.
    if ("problem" in cloud) return notLookedAt(cloud.problem);
    const account = await attempt(async () => await cloud.value.account());
    return "problem" in account ? notLookedAt(account.problem) : await look(cloud.value);
  };
  return [
    { group, title: "DigitalOcean", run: async () => await checkAccount(world) },
    { group, title: "token scopes", run: withCloud(checkScopes) },
    { group, title: "VPC", run: withCloud(async (cloud) => await checkDefaultVpcs(cloud, world)) },
  ];
}

async function checkAccount({ effects }: DoctorWorld): Promise<string> {
  const { status, dropletLimit } = await (await effects.digitalOcean()).account();
  if (status !== "active") throw failure(`the account is "${status}"`, "look at the account in DigitalOcean's console");
  return `the token works, at most ${dropletLimit} droplets`;
}

async function checkScopes(cloud: DigitalOcean): Promise<string | Concern> {
  const asked = await Promise.all(
    [...NEEDED, ...USEFUL].map(async (path) => ({ path, isAllowed: await cloud.mayRead(path) })),
  );
  const refused = asked.filter(({ isAllowed }) => !isAllowed).map(({ path }) => path);
  const scopes = refused.map((path) => SCOPES[path]).join(", ");
  if (refused.some((path) => NEEDED.includes(path)))
    throw failure(`the token may not read ${refused.join(", ")}`, `make one with the scopes ${scopes} as well`);
  if (refused.length > 0)
    return concern(
      `the token may not read ${refused.join(", ")}, which status, cost and destroy show`,
      `make one with the scopes ${scopes} as well`,
    );
  return `may read ${[...NEEDED, ...USEFUL].join(", ")}; writing was not tried`;
}

/** The first VPC of a region becomes its default and stays for ever; an agent's is then one that destroy cannot remove. */
async function checkDefaultVpcs(cloud: DigitalOcean, world: DoctorWorld): Promise<string | Concern> {
  const vpcs = await attempt(async () => await cloud.vpcs());
  if ("problem" in vpcs) return notLookedAt(vpcs.problem);
  const own = new Set([...(valueOf(await world.agents())?.values() ?? [])].map(({ vpcId }) => vpcId));
  const regions = await regionsOf(world);
  const caught = vpcs.value.filter(({ id, isDefault }) => isDefault && own.has(id));
  if (caught.length > 0)
    return concern(
      `${caught.map(({ region }) => region).join(", ")}: an agent's VPC is the region's default, which destroy cannot remove`,
      "leave it, or make another VPC the default before destroy",
    );
  const empty = regions.filter((region) => !vpcs.value.some((vpc) => vpc.region === region));
  if (empty.length === 0) return `${regions.join(", ")}: a default is there, so agents' VPCs can be removed`;
  return concern(
    `${empty.join(", ")}: the account has no VPC there; the first that an update makes would become the region's default for ever`,
    ...empty.map((region) => `make one before: doctl vpcs create --name default-${region} --region ${region}`),
  );
}

/** Regions of the agents there are, and of those that the stack's file names. */
async function regionsOf(world: DoctorWorld): Promise<readonly string[]> {
  const made = [...(valueOf(await world.agents())?.values() ?? [])].map(({ region }) => region);
  const written = [...stackFileText(world).matchAll(/\bregion["']?\s*:\s*["']?([a-z]{3}\d)\b/g)].map(
    ([, region = ""]) => region,
  );
  const all = new Set([...made, ...written]);
  return all.size === 0 ? [DEFAULT_REGION] : [...all].sort();
}

function stackFileText({ effects, where }: DoctorWorld): string {
  try {
    const project = findProject(effects.workingDirectory, where.cwd);
    const path = stackFilePath(project.configFolder, stackName(project, effects.environment, where.stack));
    return readProjectFile(path, "configuration file")?.toString("utf8") ?? "";
  } catch {
    // Another check says what is wrong with project or file.
    return "";
  }
}
