// SPDX-License-Identifier: Apache-2.0
import type { AgentStatus } from "./agentStatus.ts";

/** One member of one agent's status that is not what it was. */
export interface StatusChange {
  readonly agent: string;
  readonly what: string;
  /** Undefined when the agent was not there before. */
  readonly before: string | undefined;
  readonly now: string;
}

/** What has changed since the last look; what only goes on, such as ages, costs and counts, is no change. */
export function findChanges(before: readonly AgentStatus[], now: readonly AgentStatus[]): readonly StatusChange[] {
  const known = new Map(before.map((agent) => [agent.agent, viewOf(agent)]));
  const changed = now.flatMap((status) => {
    const old = known.get(status.agent);
    return [...viewOf(status)]
      .filter(([what, value]) => old?.get(what) !== value)
      .map(([what, value]) => ({ agent: status.agent, what, before: old?.get(what), now: value }));
  });
  const here = new Set(now.map(({ agent }) => agent));
  const left = before.filter(({ agent }) => !here.has(agent));
  return [...changed, ...left.map(({ agent }) => ({ agent, what: "agent", before: "there", now: "gone" }))];
}

/** The changes of a first look are what there is: one line is enough for each agent. */
export function changesInWords(changes: readonly StatusChange[]): readonly string[] {
  const agents = [...new Set(changes.map(({ agent }) => agent))];
  return agents.flatMap((name) => {
    const own = changes.filter(({ agent }) => agent === name);
    if (own.some(({ before }) => before !== undefined))
      return own.map(({ what, before, now }) => `${name}: ${what} ${before ?? "none"} -> ${now}`);
    return [`${name}: ${own.map(({ what, now }) => `${what} ${now}`).join(", ")}`];
  });
}

function viewOf(status: AgentStatus): ReadonlyMap<string, string> {
  const { image, keys, drift, unchecked, problems } = status;
  const newer = image === null || image === "unknown" ? image : image.newer;
  return new Map([
    ["state", status.state],
    ["node", status.node],
    ["droplet", status.droplet],
    ["droplet ID", status.dropletId],
    ["size", status.size ?? "none"],
    ["boot", status.bootId ?? "unknown"],
    ["keys", keys.map(({ name, active }) => `${name} v${active ?? "-"}`).join(", ") || "none"],
    ["drift", driftOf(drift, unchecked)],
    ["newer image", newer === null ? "none" : newer === "unknown" ? newer : newer.id],
    ["problems", problems.join("; ") || "none"],
  ]);
}

function driftOf(drift: AgentStatus["drift"], unchecked: AgentStatus["unchecked"]): string {
  if (drift.length > 0) return drift.map(({ what, found }) => `${what}: ${found}`).join("; ");
  return unchecked.length > 0 ? "unknown" : "none";
}
