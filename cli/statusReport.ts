// SPDX-License-Identifier: Apache-2.0
import type { AgentStatus } from "./agentStatus.ts";
import { renderTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** Prints the agents, and below them on stderr why something is not known. */
export function reportStatus(agents: readonly AgentStatus[], terminal: Terminal, json: boolean): void {
  if (json) terminal.print(JSON.stringify(agents));
  else {
    const rows = agents.map(({ agent, droplet, dropletId, node, state, keys }) => [
      agent,
      `${droplet} (${dropletId})`,
      node,
      state,
      keys.map(({ name, active }) => `${name} v${active ?? "-"}`).join(", ") || "-",
    ]);
    terminal.print(renderTable(["AGENT", "DROPLET", "NODE", "STATE", "KEYS"], rows));
  }
  for (const [problem, names] of groupProblems(agents)) terminal.notice(`${names.join(", ")}: ${problem}`);
  const sealed = agents.filter(({ state }) => state === "sealed").map(({ agent }) => agent);
  if (sealed.length > 0) terminal.notice(`${sealed.join(", ")}: sealed, holds no key: claws keys push`);
}

function groupProblems(agents: readonly AgentStatus[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { agent, problems } of agents) {
    for (const problem of problems) groups.set(problem, [...(groups.get(problem) ?? []), agent]);
  }
  return groups;
}
