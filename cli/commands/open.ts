// SPDX-License-Identifier: Apache-2.0
import { flag, required, type Command } from "../command.ts";
import * as shared from "../sharedOptions.ts";

/** `claws open` */
export const open: Command = {
  summary: "show an agent's panel in the browser",
  description:
    "Finds the node by its ID through your own tailscaled and prints the address of its panel, which only your tailnet can reach.",
  argument: { name: "agent", summary: "the agent" },
  options: {
    print: { kind: "flag", summary: "only print the address" },
    stack: shared.stack,
    cwd: shared.cwd,
  },
  examples: ["claws open a1", "claws open a1 --print"],
  handler: async (values, effects) => {
    const [{ openSelection }, { panelUrl }] = await Promise.all([import("../selection.ts"), import("../panelUrl.ts")]);
    const selection = openSelection(values, effects);
    const name = required(values, "agent");
    const agents = await selection.agentsOf(await selection.stack());
    const agent = agents.get(name);
    if (agent === undefined) throw new TypeError("the selection gave another agent");
    const url = panelUrl(agent, await effects.tailnetStatus());
    effects.terminal.print(url);
    if (flag(values, "print")) return undefined;
    const problem = await effects.openBrowser(url);
    if (problem !== undefined) effects.terminal.notice(`no browser was opened: ${problem}`);
    return undefined;
  },
};
