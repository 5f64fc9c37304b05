// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "./effects.ts";
import { findNodeNames, type NodeName } from "./nodeNames.ts";
import { asObject, asText, ResourceType, type StateResource } from "./stackState.ts";

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
  /** IDs of the tailnet nodes that a name led to. */
  readonly found?: readonly string[];
}

type Question = Omit<ReceiptLine, "left" | "found"> & { readonly isLeft: () => Promise<boolean> };

/**
 * Asks DigitalOcean and Tailscale again about everything that the state named before the destroy, and the tailnet about the host names
 * of its agents too: a droplet whose create failed may have joined after the engine gave up on it.
 */
export async function fetchReceipt(
  resources: readonly StateResource[],
  effects: Pick<Effects, "digitalOcean" | "tailscaleApi">,
): Promise<readonly ReceiptLine[]> {
  const questions = await Promise.all(resources.map(async (resource) => await questionsFor(resource, effects)));
  const [byId, byName] = await Promise.all([
    Promise.all(questions.flat().map(async ({ isLeft, ...line }) => ({ ...line, left: await isLeft() }))),
    nodesByName(findNodeNames(resources), effects),
  ]);
  return [...byId, ...byName];
}

async function questionsFor(
  { type, id, agent, inputs, outputs }: StateResource,
  effects: Pick<Effects, "digitalOcean" | "tailscaleApi">,
): Promise<readonly Question[]> {
  // What was being made when the engine stopped has no ID; its tag, which is made before it, finds it.
  if (id === "" && type !== ResourceType.tag) return [];
  const cloud = await effects.digitalOcean();
  switch (type) {
    case ResourceType.droplet:
      return [{ agent, plane: "droplet", id, isLeft: async () => (await cloud.dropletStatus(id)) !== undefined }];
    case ResourceType.firewall:
      return [{ agent, plane: "firewall", id, isLeft: async () => await cloud.firewallExists(id) }];
    case ResourceType.vpc:
      return [{ agent, plane: "VPC", id, isLeft: async () => await cloud.vpcExists(id) }];
    case ResourceType.tag: {
      const name = id === "" ? asText(inputs["name"]) : id;
      return [
        { agent, plane: "tag", id: name, isLeft: async () => await cloud.tagExists(name) },
        // A droplet that a lost answer left outside the state still carries the tag.
        {
          agent,
          plane: "droplets with tag",
          id: name,
          isLeft: async () => (await cloud.dropletsWithTag(name)).length > 0,
        },
      ];
    }
    case ResourceType.authKey:
      return [
        { agent, plane: "auth key", id, isLeft: async () => await (await effects.tailscaleApi()).authKeyUsable(id) },
      ];
    case ResourceType.command: {
      const nodeId = nodeIdIn(asText(outputs["stdout"]));
      if (nodeId === "") return [];
      const isLeft = async (): Promise<boolean> => await (await effects.tailscaleApi()).deviceExists(nodeId);
      return [{ agent, plane: "tailnet node", id: nodeId, isLeft }];
    }
    default:
      return [];
  }
}

async function nodesByName(
  names: readonly NodeName[],
  { tailscaleApi }: Pick<Effects, "tailscaleApi">,
): Promise<readonly ReceiptLine[]> {
  if (names.length === 0) return [];
  const devices = await (await tailscaleApi()).devices();
  return names.map((name) => {
    const found = devices.filter((device) => name.isBorneBy(device)).map(({ nodeId }) => nodeId);
    return { agent: name.agent, plane: "tailnet nodes by name", id: name.text, left: found.length > 0, found };
  });
}

function nodeIdIn(stdout: string): string {
  try {
    return asText(asObject(JSON.parse(stdout))["nodeId"]);
  } catch {
    return "";
  }
}
