// SPDX-License-Identifier: Apache-2.0
// The program: one Agent for each entry of the configuration, and the outputs that the CLI reads.
import type * as pulumi from "@pulumi/pulumi";

import { Agent } from "../components/index.ts";
import { readConfiguration } from "./config.ts";
import { type AgentOutputs, agentOutputs } from "./outputs.ts";

/** Agent name to outputs. */
export const agents: Record<string, pulumi.Output<AgentOutputs>> = {};

for (const configuration of readConfiguration()) {
  const { name, image: imageId, region, size, runtime, providers, nodeTag, controlUrl, tags } = configuration;
  const agent = new Agent(name, { imageId, region, size, runtime, providers, nodeTag, controlUrl, tags });
  agents[name] = agentOutputs(agent, configuration);
}
