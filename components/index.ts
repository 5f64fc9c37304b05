// SPDX-License-Identifier: Apache-2.0
export { Agent, type AgentArgs } from "./agent.ts";
export { AgentImage, type AgentImageArgs } from "./agentImage.ts";
export { EnrolmentSecret, type EnrolmentSecretArgs } from "./enrolmentSecret.ts";
export { HardenedDroplet, type HardenedDropletArgs } from "./hardenedDroplet.ts";
export { TailnetAuthKey, type TailnetAuthKeyArgs } from "./tailnetAuthKey.ts";
export { TailnetNode, type TailnetNodeArgs } from "./tailnetNode.ts";
export type { CustomProvider } from "./userData.ts";
