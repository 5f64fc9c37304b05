// SPDX-License-Identifier: Apache-2.0
// The program: one Agent for each entry of the configuration, and the outputs that the CLI reads.
import type * as pulumi from "@pulumi/pulumi";

import { Agent } from "../components/index.ts";
import { readConfiguration } from "./config.ts";
import { type AgentOutputs, agentOutputs } from "./outputs.ts";

/** Agent name to outputs. */
export const agents: Record<string, pulumi.Output<AgentOutputs>> = {};
const secrets: Record<string, pulumi.Output<string>> = {};

for (const configuration of readConfiguration()) {
  const { name, image: imageId, broker, ssh, ...rest } = configuration;
  const optional = { ...(broker === null ? {} : { remoteBroker: broker }), ...(ssh === null ? {} : { ssh }) };
  const agent = new Agent(name, { imageId, ...optional, ...rest });
  agents[name] = agentOutputs(agent, configuration);
  if (agent.enrolment) secrets[name] = agent.enrolment;
}

/** Agent name to the secret that its droplet proves its signing key with; absent when no agent has one. */
export const enrolments = Object.keys(secrets).length === 0 ? undefined : secrets;
