// SPDX-License-Identifier: Apache-2.0
import * as pulumi from "@pulumi/pulumi";

import { AgentImage } from "./agentImage.ts";
import { defaultSize } from "./defaultSize.ts";
import { EnrolmentSecret } from "./enrolmentSecret.ts";
import { firstBootFacts } from "./firstBootFacts.ts";
import { HardenedDroplet } from "./hardenedDroplet.ts";
import { TailnetAuthKey } from "./tailnetAuthKey.ts";
import { TailnetNode } from "./tailnetNode.ts";
import { type CustomProvider, renderUserData } from "./userData.ts";

/** Arguments of {@link Agent}. They steer the resource tree and the droplet's first boot, so all are plain values. */
export interface AgentArgs {
  /** Numeric ID of the agent image (a DigitalOcean snapshot), as a string. */
  readonly imageId: string;
  /** Region slug. @default "nyc3" */
  readonly region?: string;
  /** Size slug. @default "s-2vcpu-4gb", or "s-1vcpu-1gb" for the workload "hello" */
  readonly size?: string;
  /** Workload: "openclaw" or "hello". @default "openclaw" */
  readonly runtime?: string;
  /** Providers that the agent may use. @default ["anthropic"] */
  readonly providers?: readonly string[];
  /** Providers beyond the known ones, for those of `providers` that name them. @default [] */
  readonly customProviders?: readonly CustomProvider[];
  /**
   * Ed25519 public keys of operators (base64url, 43 characters). With one, the droplet takes provider keys only in
   * envelopes that one of them signed, and proves its own signing key with {@link Agent.enrolment}. @default []
   */
  readonly operatorKeys?: readonly string[];
  /** `address:port` in the tailnet of the owner's own broker; the droplet then holds no provider key. @default none */
  readonly remoteBroker?: string;
  /** Where else the workload may open TCP connections to, as `RANGE:PORT`. @default [] */
  readonly egress?: readonly string[];
  /**
   * Whether operators whom the tailnet's policy names may log in as root by Tailscale SSH. Then whoever rules the tailnet's control
   * plane can, too. @default true, or false with `operatorKeys`
   */
  readonly ssh?: boolean;
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
  /** The secret that the droplet's first boot proves its signing key with; undefined without operator keys. */
  public readonly enrolment: pulumi.Output<string> | undefined;

  /** @throws {Error} if `name` is no DNS label or an argument is malformed. */
  constructor(name: string, args: AgentArgs, opts?: pulumi.ComponentResourceOptions) {
    super("office-claws:index:Agent", name, {}, opts);
    const { imageId, region = "nyc3" } = args;
    checkName(name);
    const { facts, destinations } = firstBootFacts(name, args);
    const { tag: nodeTag, runtime, operatorKeys } = facts;
    const parent = { parent: this };

    // The key is spent by the first boot, so whatever replaces the droplet must replace the key with it.
    const replacementTrigger = JSON.stringify({ imageId, region, ...facts });
    const image = new AgentImage(name, { imageId, region }, parent);
    this.authKey = new TailnetAuthKey(
      name,
      { nodeTag, description: `claws ${pulumi.getStack()} ${name}`, replacementTrigger },
      parent,
    );
    this.enrolment =
      operatorKeys === undefined ? undefined : new EnrolmentSecret(name, { replacementTrigger }, parent).secret;
    const userData = pulumi
      .all([this.authKey.authKey, this.enrolment])
      .apply(([authKey, enrolment]) =>
        renderUserData({ ...facts, authKey, ...(enrolment === undefined ? {} : { enrolment }) }),
      );
    const tag = cloudName(pulumi.getProject(), pulumi.getStack(), name);
    this.droplet = new HardenedDroplet(
      name,
      {
        hostname: name,
        imageId: image.imageId,
        region,
        size: args.size ?? defaultSize(runtime),
        userData,
        egress: destinations,
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

/** One name for tag, firewall and VPC: letters, digits and "-" are what all three allow. Stack names may hold more. */
function cloudName(project: string, stack: string, name: string): string {
  return `claws-${project}-${stack}-${name}`.replace(/[^A-Za-z0-9-]/g, "-");
}

function checkName(name: string): void {
  if (!/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    throw new Error(`[name] must be a DNS label (lower-case letters, digits and "-", at most 63), not "${name}"`);
  }
}
