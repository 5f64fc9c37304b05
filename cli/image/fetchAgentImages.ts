// SPDX-License-Identifier: Apache-2.0
import { text, type Values } from "../command.ts";
import type { Effects } from "../effects.ts";
import { findProject } from "../project.ts";
import { agentImages, type AgentImage } from "./agentImages.ts";
import { stacksNaming } from "./stacksNaming.ts";

/** The account's agent images with what uses them, newest first. */
export async function fetchAgentImages(
  values: Values,
  { digitalOcean, workingDirectory }: Pick<Effects, "digitalOcean" | "workingDirectory">,
): Promise<readonly AgentImage[]> {
  const naming = stacksNaming(findProject(workingDirectory, text(values, "cwd")));
  const cloud = await digitalOcean();
  const [images, droplets] = await Promise.all([cloud.ownImages(), cloud.droplets()]);
  return agentImages(images, droplets, naming);
}
