// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../command.ts";
import * as shared from "../sharedOptions.ts";

/** `claws status` */
export const status: Command = {
  summary: "show each agent's droplet, node, state (sealed or open) and key versions",
  options: {
    agent: { ...shared.agent, summary: "only this agent" },
    stack: shared.stack,
    cwd: shared.cwd,
    json: shared.json,
  },
  examples: ["claws status", "claws status --json"],
  handler: async (values, effects) => {
    const { openSelection } = await import("../selection.ts");
    const { stackName, stack, agentsOf } = openSelection(values, effects);
    effects.terminal.notice(`stack ${stackName}: asking the state, DigitalOcean, the tailnet and the agents`);
    const [agents, { fetchAgentStatus }] = await Promise.all([stack().then(agentsOf), import("../agentStatus.ts")]);
    const [{ reportStatus }, rows] = await Promise.all([
      import("../statusReport.ts"),
      fetchAgentStatus(agents, effects),
    ]);
    reportStatus(rows, effects.terminal, flag(values, "json"));
    return undefined;
  },
};
