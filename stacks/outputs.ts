// SPDX-License-Identifier: Apache-2.0
// The contract between the program and whoever reads its outputs: the CLI, `pulumi stack output --json`, other stacks.
import * as pulumi from "@pulumi/pulumi";

import type { Agent, CustomProvider } from "../components/index.ts";
import type { AgentConfiguration } from "./configuration.ts";

/** What is known of one agent. Nothing in it is secret. */
export interface AgentOutputs {
  readonly dropletId: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Public IPv4 address, where nothing answers. */
  readonly publicAddress: string;
  /** ID of the agent's VPC. */
  readonly vpcId: string;
  readonly firewallId: string;
  /** DigitalOcean tag of droplet and firewall. */
  readonly tag: string;
  /** Node ID in the tailnet: stable, the only name of a node that is trusted. */
  readonly nodeId: string;
  /** MagicDNS name, for people. */
  readonly nodeName: string;
  /** Tailnet tag that the node must carry. */
  readonly nodeTag: string;
  /** ID of the spent auth key. */
  readonly authKeyId: string;
  readonly imageId: string;
  readonly region: string;
  readonly size: string;
  readonly runtime: string;
  readonly providers: readonly string[];
  /** Operators' Ed25519 public keys that the droplet was made with; empty when it takes unsealed pushes. */
  readonly operatorKeys: readonly string[];
  /** `address:port` of the owner's broker, or null when the droplet holds the keys itself. */
  readonly broker: string | null;
  /** Descriptions of those of its providers that the broker does not know by itself. */
  readonly customProviders: readonly CustomProvider[];
  /** Hours after which the owner wants the agent gone, or null. */
  readonly ttlHours: number | null;
}

/** Collects the outputs of one agent. */
export function agentOutputs(agent: Agent, configuration: AgentConfiguration): pulumi.Output<AgentOutputs> {
  const { droplet, authKey, node } = agent;
  const { image, region, size, runtime, providers, nodeTag, ttlHours, operatorKeys, broker, customProviders } =
    configuration;
  return pulumi.output({
    dropletId: droplet.dropletId,
    createdAt: droplet.createdAt,
    publicAddress: droplet.publicAddress,
    vpcId: droplet.vpcId,
    firewallId: droplet.firewallId,
    tag: droplet.tag,
    nodeId: node.nodeId,
    nodeName: node.nodeName,
    nodeTag,
    authKeyId: authKey.keyId,
    imageId: image,
    region,
    size,
    runtime,
    providers: [...providers],
    operatorKeys: [...operatorKeys],
    broker,
    customProviders: [...customProviders],
    ttlHours,
  });
}
