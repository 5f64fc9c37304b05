// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "./effects.ts";
import { asList, asObject, asText, ResourceType, type StateResource } from "./stackState.ts";

/** One line of the receipt: a thing that was there, and whether it still is. */
export interface ReceiptLine {
  readonly agent: string;
  readonly plane:
    | "droplet"
    | "droplets with tag"
    | "firewall"
    | "VPC"
    | "tag"
    | "auth key"
    | "tailnet node"
    | "tailnet nodes by name";
  readonly id: string;
  readonly left: boolean;
}

type Question = Omit<ReceiptLine, "left"> & { readonly isLeft: () => Promise<boolean> };

/** Asks DigitalOcean and Tailscale again about everything that the state named before the destroy. */
export async function fetchReceipt(
  resources: readonly StateResource[],
  effects: Pick<Effects, "digitalOcean" | "tailscaleApi">,
): Promise<readonly ReceiptLine[]> {
  const questions = await Promise.all(resources.map(async (resource) => await questionsFor(resource, effects)));
  return await Promise.all(questions.flat().map(async ({ isLeft, ...line }) => ({ ...line, left: await isLeft() })));
}

async function questionsFor(
  { type, id, agent, inputs, outputs }: StateResource,
  effects: Pick<Effects, "digitalOcean" | "tailscaleApi">,
): Promise<readonly Question[]> {
  const cloud = await effects.digitalOcean();
  switch (type) {
    case ResourceType.droplet:
      return [{ agent, plane: "droplet", id, isLeft: async () => (await cloud.dropletStatus(id)) !== undefined }];
    case ResourceType.firewall:
      return [{ agent, plane: "firewall", id, isLeft: async () => await cloud.firewallExists(id) }];
    case ResourceType.vpc:
      return [{ agent, plane: "VPC", id, isLeft: async () => await cloud.vpcExists(id) }];
    case ResourceType.tag:
      return [
        { agent, plane: "tag", id, isLeft: async () => await cloud.tagExists(id) },
        // A droplet that a lost answer left outside the state still carries the tag.
        { agent, plane: "droplets with tag", id, isLeft: async () => (await cloud.dropletsWithTag(id)).length > 0 },
      ];
    case ResourceType.authKey:
      return [
        { agent, plane: "auth key", id, isLeft: async () => await (await effects.tailscaleApi()).authKeyUsable(id) },
      ];
    case ResourceType.command:
      return [await nodeQuestion(agent, asObject(inputs["environment"]), outputs["stdout"], effects)];
    default:
      return [];
  }
}

async function nodeQuestion(
  agent: string,
  environment: Readonly<Record<string, unknown>>,
  stdout: unknown,
  { tailscaleApi }: Pick<Effects, "tailscaleApi">,
): Promise<Question> {
  const tailscale = await tailscaleApi();
  const nodeId = nodeIdIn(asText(stdout));
  if (nodeId !== "")
    return { agent, plane: "tailnet node", id: nodeId, isLeft: async () => await tailscale.deviceExists(nodeId) };
  const hostname = asText(environment["CLAWS_NODE_HOSTNAME"]);
  const tag = asText(environment["CLAWS_NODE_TAG"]);
  const isOurs = (device: { readonly hostname: string; readonly tags: readonly string[] }): boolean =>
    device.hostname === hostname && asList(device.tags).includes(tag);
  return {
    agent,
    plane: "tailnet nodes by name",
    id: `${hostname} ${tag}`,
    isLeft: async () => (await tailscale.devices()).some(isOurs),
  };
}

function nodeIdIn(stdout: string): string {
  try {
    return asText(asObject(JSON.parse(stdout))["nodeId"]);
  } catch {
    return "";
  }
}
