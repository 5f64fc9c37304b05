// SPDX-License-Identifier: Apache-2.0
import { text, type Command, type Values } from "../command.ts";
import type { Effects } from "../effects.ts";
import { UserError } from "../errors.ts";
import * as shared from "../sharedOptions.ts";

const DRAIN_MILLISECONDS = 20_000;

/** `claws broker` */
export const broker: Command = {
  summary: "lend keys from this machine to agents that are configured for it, until Ctrl-C",
  description:
    "The stronger tier: keys never reach a droplet. Listens on this machine's tailnet addresses only and knows each agent by its node. Prints a line of JSON for each request, without its content. A changed vault takes effect with the next request.",
  options: {
    port: { kind: "text", value: "PORT", summary: "TCP port on the tailnet addresses (default: 7441)" },
    stack: shared.stack,
    cwd: shared.cwd,
    vault: shared.vault,
  },
  examples: ["claws broker", "claws broker --stack prod --port 7450"],
  stopsItself: true,
  handler: async (values, effects) => {
    const port = readPort(values);
    const { openRemoteBroker } = await import("../remoteBroker/openRemoteBroker.ts");
    const { running, agents, close } = await openRemoteBroker({ values, effects, port });
    effects.terminal.notice(`lending keys to ${agents.join(", ")} on ${running.listening.join(" and ")}`);
    await aborted(effects);
    effects.terminal.notice("waiting for requests under way; Ctrl-C cuts them");
    await close(DRAIN_MILLISECONDS);
    return undefined;
  },
};

function readPort(values: Values): number | undefined {
  const given = text(values, "port");
  if (given === undefined) return undefined;
  const port = /^[1-9]\d{0,4}$/.test(given) ? Number(given) : 0;
  if (port < 1024 || port > 65_535) throw new UserError(`--port must be a number from 1024 to 65535, not "${given}"`);
  return port;
}

async function aborted({ signal }: Effects): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
