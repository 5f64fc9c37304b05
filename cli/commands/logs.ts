// SPDX-License-Identifier: Apache-2.0
import { flag, list, required, text, type Command, type Values } from "../command.ts";
import { UserError } from "../errors.ts";
import type { LogSource } from "../logs/journalQuery.ts";
import * as shared from "../sharedOptions.ts";

/** `claws logs` */
export const logs: Command = {
  summary: "show an agent's journal, without the content of conversations",
  description:
    "The droplet picks the lines before they leave it: all of the daemon's, which hold no content, and of the workload only when it started, stopped or failed, never what it prints. Without --since: the last 200 lines.",
  argument: { name: "agent", summary: "the agent" },
  options: {
    follow: { kind: "flag", summary: "go on with new lines until Ctrl-C" },
    since: { kind: "text", value: "TIME", summary: "from then on: 15m, 2h, 3d, or 2026-11-23T10:00Z" },
    unit: { kind: "list", value: "NAME", summary: "daemon, workload (both by default) or system" },
    stack: shared.stack,
    cwd: shared.cwd,
    json: { ...shared.json, summary: "print a line of JSON for each line" },
  },
  examples: ["claws logs ada", "claws logs ada --follow --since 15m", "claws logs ada --unit system --json"],
  stopsItself: true,
  handler: async (values, effects) => {
    const [{ openSelection }, { showLogs }, sources] = await Promise.all([
      import("../selection.ts"),
      import("../logs/showLogs.ts"),
      readSources(values),
    ]);
    const name = required(values, "agent");
    const { stack, agentsOf } = openSelection({ ...values, agent: name }, effects);
    const [agent] = (await agentsOf(await stack())).values();
    if (agent === undefined) return undefined;
    const since = text(values, "since");
    const query = { sources, follow: flag(values, "follow"), ...(since === undefined ? {} : { since }) };
    return await showLogs({ name, agent, json: flag(values, "json"), ...query }, effects);
  },
};

async function readSources(values: Values): Promise<readonly LogSource[]> {
  const { LOG_SOURCES } = await import("../logs/journalQuery.ts");
  const given = list(values, "unit");
  const wrong = given.find((name) => !LOG_SOURCES.some((source) => source === name));
  if (wrong !== undefined) throw new UserError(`--unit must be one of ${LOG_SOURCES.join(", ")}, not "${wrong}"`);
  const known = LOG_SOURCES.filter((source) => given.includes(source));
  return known.length === 0 ? ["daemon", "workload"] : known;
}
