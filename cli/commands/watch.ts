// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../command.ts";
import { UserError } from "../errors.ts";
import { intervalOption, readInterval } from "../interval.ts";
import * as shared from "../sharedOptions.ts";

const INTERVAL_SECONDS = 15;

/** `claws watch` */
export const watch: Command = {
  summary: "keep agents open: push again after a reboot, and before keys expire, until Ctrl-C",
  description:
    "Prints a line for each thing that happens. Nobody is asked anything: the identity must be in a file or a keychain, and the stack's passphrase in the vault or a file. No error ends it; Ctrl-C does, with 0. --once looks once, for cron: 3 when an agent lacks a key.",
  options: {
    agent: { ...shared.agent, summary: "only this agent" },
    once: { kind: "flag", summary: "look once, push what is missing, end" },
    install: { kind: "flag", summary: "write a service of this user that watches (systemd, launchd)" },
    interval: intervalOption(INTERVAL_SECONDS),
    stack: shared.stack,
    cwd: shared.cwd,
    vault: shared.vault,
    json: shared.json,
  },
  examples: ["claws watch", "claws watch --once", "claws watch --install --stack prod"],
  stopsItself: true,
  handler: async (values, effects) => {
    const interval = readInterval(values, INTERVAL_SECONDS);
    const [once, install, json] = [flag(values, "once"), flag(values, "install"), flag(values, "json")];
    if (once && install)
      throw new UserError("--once and --install exclude each other", ["cron runs claws watch --once"]);
    const { openSelection } = await import("../selection.ts");
    const selection = openSelection(values, effects);
    if (!install)
      return await (await import("../watch/startWatch.ts")).startWatch(selection, { interval, once, json }, effects);
    const { installWatch } = await import("../watch/installWatch.ts");
    return await installWatch(selection, values, effects);
  },
};
