// SPDX-License-Identifier: Apache-2.0
import type { KeyStatus } from "../protocol/daemonStatus.ts";
import type { AgentStatus } from "./agentStatus.ts";
import { renderTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** Prints the agents, then the keys that they hold with what was spent today, and below them on stderr why something is not known. */
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
    const keys = agents.flatMap((agent) => agent.keys.map((key) => keyRow(agent.agent, key)));
    if (keys.length > 0) terminal.print(`\n${renderTable(KEY_HEADINGS, keys)}`);
  }
  for (const [problem, names] of groupProblems(agents)) terminal.notice(`${names.join(", ")}: ${problem}`);
  const sealed = agents.filter(({ state }) => state === "sealed").map(({ agent }) => agent);
  if (sealed.length > 0) terminal.notice(`${sealed.join(", ")}: sealed, holds no key: claws keys push`);
}

const KEY_HEADINGS = ["AGENT", "KEY", "VERSION", "USABLE UNTIL", "REQUESTS TODAY", "TOKENS TODAY"];

function keyRow(agent: string, { name, active, versions, limits, usage }: KeyStatus): readonly string[] {
  const notAfter = versions.find(({ version }) => version === active)?.notAfter ?? "-";
  const { requestsPerDay, tokensPerDay } = limits ?? {};
  const requests = spent(usage.requests, requestsPerDay);
  // Only a cap makes the daemon count them.
  const tokens = tokensPerDay === undefined ? "not counted" : spent(usage.tokens, tokensPerDay);
  return [agent, name, String(active ?? "-"), notAfter, requests, tokens];
}

function spent(count: number, limit: number | undefined): string {
  return limit === undefined ? String(count) : `${count} of ${limit}`;
}

function groupProblems(agents: readonly AgentStatus[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { agent, problems } of agents) {
    for (const problem of problems) groups.set(problem, [...(groups.get(problem) ?? []), agent]);
  }
  return groups;
}
