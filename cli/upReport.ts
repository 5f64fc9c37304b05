// SPDX-License-Identifier: Apache-2.0
import type { AgentOutcome } from "./bringUp.ts";
import type { ChangeSummary } from "./stackTypes.ts";
import { renderTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** Counts of changes in words: `12 created, 3 unchanged`. */
export function changesInWords(changes: ChangeSummary): string {
  const words: Readonly<Record<string, string>> = {
    create: "to create",
    update: "to update",
    delete: "to delete",
    replace: "to replace",
    same: "unchanged",
  };
  const parts = Object.entries(words).filter(([kind]) => (changes[kind] ?? 0) > 0);
  return parts.length === 0 ? "nothing to do" : parts.map(([kind, word]) => `${changes[kind] ?? 0} ${word}`).join(", ");
}

/** Prints the agents after an update and, for each problem, a line that says what to do. */
export function reportUp(
  outcomes: readonly AgentOutcome[],
  changes: ChangeSummary,
  terminal: Terminal,
  { json, hasVault }: { json: boolean; hasVault: boolean },
): void {
  if (json) {
    terminal.print(JSON.stringify({ changes, agents: outcomes }));
  } else if (outcomes.length > 0) {
    const rows = outcomes.map(({ agent, dropletId, nodeName, state, keys }) => [
      agent,
      dropletId,
      nodeName,
      state,
      keys.map(({ key, version, result }) => `${key} v${version} ${result}`).join(", ") || "-",
    ]);
    terminal.print(renderTable(["AGENT", "DROPLET", "NODE", "STATE", "KEYS"], rows));
  }
  for (const { agent, problems } of outcomes) {
    for (const problem of problems) terminal.complain(`${agent}: ${problem}`, []);
  }
  if (outcomes.some(({ problems }) => problems.length > 0))
    terminal.notice("what is up stays up; run claws up or claws keys push again");
  const keyless = outcomes
    .filter(({ keys, problems, state }) => keys.length === 0 && problems.length === 0 && state !== "relay")
    .map(({ agent }) => agent);
  if (keyless.length > 0)
    terminal.notice(
      `no key for ${keyless.join(", ")} in the vault: ${hasVault ? "" : "claws vault init, "}claws keys set NAME --agent AGENT, claws keys push`,
    );
}
