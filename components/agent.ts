// SPDX-License-Identifier: Apache-2.0
import * as pulumi from "@pulumi/pulumi";

import { AgentImage } from "./agentImage.ts";
import { HardenedDroplet } from "./hardenedDroplet.ts";
import { TailnetAuthKey } from "./tailnetAuthKey.ts";
import { TailnetNode } from "./tailnetNode.ts";
import { renderUserData } from "./userData.ts";

/** Arguments of {@link Agent}. They steer the resource tree and the droplet's first boot, so all are plain values. */
export interface AgentArgs {
  /** Numeric ID of the agent image (a DigitalOcean snapshot), as a string. */
  readonly imageId: string;
  /** Region slug. @default "nyc3" */
  readonly region?: string;
  /** Size slug. @default "s-1vcpu-1gb" */
  readonly size?: string;
  /** Workload. @default "hello" */
  readonly runtime?: string;
  /** Providers that the agent may use. @default ["anthropic"] */
  readonly providers?: readonly string[];
  /** Tailnet tag of the node. @default "tag:agent" */
  readonly nodeTag?: string;
  /** Control plane. @default "https://controlplane.tailscale.com" */
  readonly controlUrl?: string;
  /** Further DigitalOcean tags. @default [] */
  readonly tags?: readonly string[];
  /** Seconds to wait for the node to join. @default 300 */
  readonly joinTimeoutSeconds?: number;
}

/** One agent: a droplet of its own, a tailnet identity of its own, no public port. */
export class Agent extends pulumi.ComponentResource {
  public readonly droplet: HardenedDroplet;
  public readonly authKey: TailnetAuthKey;
  public readonly node: TailnetNode;

  /** @throws {Error} if `name` is no DNS label or an argument is malformed. */
  constructor(name: string, args: AgentArgs, opts?: pulumi.ComponentResourceOptions) {
    super("office-claws:index:Agent", name, {}, opts);
    const { imageId, region = "nyc3", size = "s-1vcpu-1gb" } = args;
    checkName(name);
    const firstBoot = firstBootFacts(name, args);
    const { tag: nodeTag } = firstBoot;
    const parent = { parent: this };

    // The key is spent by the first boot, so whatever replaces the droplet must replace the key with it.
    const replacementTrigger = JSON.stringify({ imageId, region, ...firstBoot });
    const image = new AgentImage(name, { imageId, region }, parent);
    this.authKey = new TailnetAuthKey(
      name,
      { nodeTag, description: `claws ${pulumi.getStack()} ${name}`, replacementTrigger },
      parent,
    );
    const userData = this.authKey.authKey.apply((authKey) => renderUserData({ ...firstBoot, authKey }));
    const tag = cloudName(pulumi.getProject(), pulumi.getStack(), name);
    this.droplet = new HardenedDroplet(
      name,
      {
        hostname: name,
        imageId: image.imageId,
        region,
        size,
        userData,
        tag,
        extraTags: args.tags ?? [],
        replacementTrigger,
      },
      parent,
    );
    const { dropletId, createdAt } = this.droplet;
    const timeoutSeconds = args.joinTimeoutSeconds ?? 300;
    this.node = new TailnetNode(name, { hostname: name, nodeTag, dropletId, createdAt, timeoutSeconds }, parent);
    this.registerOutputs({ dropletId, nodeId: this.node.nodeId });
  }
}

function firstBootFacts(name: string, args: AgentArgs) {
  return {
    hostname: name,
    tag: args.nodeTag ?? "tag:agent",
    controlUrl: args.controlUrl ?? "https://controlplane.tailscale.com",
    runtime: args.runtime ?? "hello",
    providers: args.providers ?? ["anthropic"],
  };
}

/** One name for tag, firewall and VPC: letters, digits and "-" are what all three allow. Stack names may hold more. */
function cloudName(project: string, stack: string, name: string): string {
  return `claws-${project}-${stack}-${name}`.replace(/[^A-Za-z0-9-]/g, "-");
}

function checkName(name: string): void {
  if (!/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    throw new Error(`[name] must be a DNS label (lower-case letters, digits and "-", at most 63), not "${name}"`);
  }
}
