// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";

import { type Lab, startLab } from "../../lab/lab.ts";
import { parseToolchain, type Toolchain } from "../../lab/labToolchain.ts";
import { createOperator, type Operator } from "../../scripts/demo/operator.ts";
import { makeProject } from "../../scripts/demo/projectFolder.ts";
import { fetchTailnetPolicy } from "../../scripts/demo/tailnetPolicy.ts";

/** A lab and an operator whose project has one stack, `story`. */
export interface StoryLab {
  readonly lab: Lab;
  readonly operator: Operator;
  readonly stack: string;
  /** Everything that the operator's commands printed. */
  readonly log: () => string;
}

/** The programs that the bootstrap resolved. */
export function toolchain(): Toolchain {
  return parseToolchain(process.env["CLAWS_TOOLCHAIN"]);
}

/**
 * Starts a lab with the toolkit's own tailnet policy and configures the agents, without making anything yet.
 *
 * @param runtime - Workload of all agents.
 * @param policyWords - Options of `claws tailnet policy show` beyond the operator.
 */
export async function startStoryLab(
  agents: Readonly<Record<string, readonly string[]>>,
  runtime: "hello" | "openclaw" = "hello",
  policyWords: readonly string[] = [],
): Promise<StoryLab> {
  // jest's own loader flags are not for the programs that the lab and the operator run.
  delete process.env["NODE_OPTIONS"];
  const stack = "story";
  const { untested: policy } = await fetchTailnetPolicy(policyWords);
  const lab = await startLab({ toolchain: toolchain(), policy, workloads: runtime === "openclaw" ? [runtime] : [] });
  const project = join(lab.directory, "project");
  const { imageId, controlUrl } = lab;
  await makeProject(project, { stack, imageId, controlUrl, agents, runtime });
  let log = "";
  const operator = createOperator(lab, project, (text) => (log += `${text}\n`));
  return { lab, operator, stack, log: () => log };
}

/** The provider's forced waits show nothing that this story is about. */
export const withoutWaits = { environment: { CLAWS_LAB_PROVIDER_WAITS: "none" } };
