// SPDX-License-Identifier: Apache-2.0
import { flag, list, required, type Command } from "../command.ts";
import type { ExitCode } from "../errors.ts";
import * as shared from "../sharedOptions.ts";

/** `claws ssh` */
export const ssh: Command = {
  summary: "log in to an agent's droplet as root, over the tailnet",
  description:
    "The droplet is known by its node ID and by the host keys that the tailnet vouches for; any other is refused. Your own ssh configuration and keys are not used: the tailnet's policy says who gets in. Every session is in the droplet's journal. Ends with the code that the command ends with, or 255.",
  argument: { name: "agent", summary: "the agent" },
  rest: { name: "command", summary: "run this instead of a shell; the words reach it as with ssh", optional: true },
  options: {
    tty: { kind: "flag", summary: "give the command a terminal" },
    stack: shared.stack,
    cwd: shared.cwd,
  },
  examples: [
    "claws ssh ada",
    "claws ssh ada -- systemctl --failed",
    "claws ssh ada -- cat /etc/os-release >os-release",
  ],
  stopsItself: true,
  handler: async (values, effects) => {
    const [{ openSelection }, { openSession }] = await Promise.all([
      import("../selection.ts"),
      import("../ssh/openSession.ts"),
    ]);
    const name = required(values, "agent");
    const { stack, agentsOf } = openSelection({ ...values, agent: name }, effects);
    const agents = await agentsOf(await stack());
    const [agent] = agents.values();
    if (agent === undefined) return undefined;
    const command = list(values, "command");
    // Whatever code the command ends with is ours.
    return (await openSession({ name, agent, command, tty: flag(values, "tty") }, effects)) as ExitCode;
  },
};
