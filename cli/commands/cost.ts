// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../command.ts";
import * as shared from "../sharedOptions.ts";

/** `claws cost` */
export const cost: Command = {
  summary: "show what each agent costs a month, has cost so far and will have cost at the end of its TTL",
  description:
    "Prices are those that DigitalOcean gives for the sizes now, or list prices of a day when it does not answer. Sums are exact; only what is shown is rounded. BY THEN includes SO FAR.",
  options: {
    agent: { ...shared.agent, summary: "only this agent" },
    stack: shared.stack,
    cwd: shared.cwd,
    json: shared.json,
  },
  examples: ["claws cost", "claws cost --stack prod --json"],
  handler: async (values, effects) => {
    const [{ openSelection }, { fetchStackCost }, { reportCost }] = await Promise.all([
      import("../selection.ts"),
      import("../agentCost.ts"),
      import("../costReport.ts"),
    ]);
    const { stackName, stack, agentsOf } = openSelection(values, effects);
    const found = await fetchStackCost(await agentsOf(await stack()), effects);
    const { terminal, now } = effects;
    reportCost(stackName, found, { terminal, now: now(), json: flag(values, "json") });
    return undefined;
  },
};
