// SPDX-License-Identifier: Apache-2.0
import { ExitCode } from "./errors.ts";
import { allArrived, type PushResult } from "./pushKeys.ts";
import type { KnownAgents } from "./stackOutputs.ts";
import { renderTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** Prints what became of each key and returns the exit code: 0, 3 when some arrived, 1 when none did, 130 when interrupted. */
export function reportPush(results: readonly PushResult[], terminal: Terminal, json: boolean): ExitCode {
  if (json) terminal.print(JSON.stringify(results));
  else {
    const rows = results.map(({ agent, key, version, result, detail }) => [
      agent,
      key,
      String(version),
      result,
      detail,
    ]);
    terminal.print(renderTable(["AGENT", "KEY", "VERSION", "RESULT", "DETAIL"], rows));
  }
  if (results.some(({ result }) => result === "not done")) return ExitCode.interrupted;
  if (allArrived(results)) return ExitCode.done;
  terminal.notice("not every key arrived; pushing again is safe: claws keys push");
  return ExitCode.partly;
}

/** Says for which agents there was nothing to push, and why. */
export function noticeNothingPushed(
  agents: KnownAgents,
  results: readonly PushResult[],
  terminal: Pick<Terminal, "notice">,
): void {
  const relaying = [...agents].filter(([, { broker }]) => broker !== null);
  for (const [name, { broker }] of relaying)
    terminal.notice(`${name}: nothing is pushed to it, the broker at ${broker ?? ""} lends it its keys`);
  if (results.length > 0 || relaying.length === agents.size) return;
  const names = [...agents.keys()].filter((name) => agents.get(name)?.broker === null);
  terminal.notice(`the vault has no key for ${names.join(", ")}: claws keys set NAME --agent AGENT`);
}
