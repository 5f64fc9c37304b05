// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../command.ts";
import { UserError } from "../errors.ts";
import * as shared from "../sharedOptions.ts";
import { whileRead } from "../terminal.ts";
import { intervalOption, pauseUntil, readInterval } from "../interval.ts";

const INTERVAL_SECONDS = 5;

/** `claws status` */
export const status: Command = {
  summary: "show each agent's state, node, droplet, image, cost, drift since the last up, and keys",
  description:
    "Whatever cannot be asked is shown as unknown, with the reason below. --watch looks again until Ctrl-C, which ends it with 0: it redraws a terminal and prints a line for each change elsewhere. The state and DigitalOcean are asked once a minute.",
  options: {
    agent: { ...shared.agent, summary: "only this agent" },
    watch: { kind: "flag", summary: "look again and again" },
    interval: intervalOption(INTERVAL_SECONDS),
    stack: shared.stack,
    cwd: shared.cwd,
    json: shared.json,
  },
  examples: ["claws status", "claws status --json", "claws status --watch --interval 10"],
  stopsItself: true,
  handler: async (values, effects) => {
    const interval = readInterval(values, INTERVAL_SECONDS);
    const { openSelection } = await import("../selection.ts");
    const selection = openSelection(values, effects);
    const json = flag(values, "json");
    if (flag(values, "watch")) {
      const [{ watchStatus }, stack] = await Promise.all([import("../watchStatus.ts"), selection.stack()]);
      const signal = whileRead(effects.signal, effects.terminal);
      const pause = async (milliseconds: number): Promise<void> => await pauseUntil(milliseconds, signal);
      await watchStatus({ stack, agentsOf: selection.agentsOf, interval, json, pause }, { ...effects, signal });
      return undefined;
    }
    if (values["interval"] !== undefined) throw new UserError("--interval is for --watch");
    const { terminal } = effects;
    terminal.notice(`stack ${selection.stackName}: asking the state, DigitalOcean, the tailnet and the agents`);
    const { showStatus } = await import("../showStatus.ts");
    return await showStatus(selection, json, effects);
  },
};
