// SPDX-License-Identifier: Apache-2.0
import { ExitCode } from "./errors.ts";
import { allArrived, type PushResult } from "./pushKeys.ts";
import type { KnownAgents } from "./stackOutputs.ts";
import { renderTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** Prints what became of each key and returns the exit code: 0, 3 when not all arrived, 130 when the user stopped it. */
export function reportPush(
  results: readonly PushResult[],
  terminal: Terminal,
  { json, interrupted }: { readonly json: boolean; readonly interrupted: boolean },
): ExitCode {
  if (json) terminal.print(JSON.stringify(results));
  else if (results.length > 0) {
    const rows = results.map(({ agent, key, version, result, detail }) => [
      agent,
      key,
      String(version),
      result,
      detail,
    ]);
    terminal.print(renderTable(["AGENT", "KEY", "VERSION", "RESULT", "DETAIL"], rows));
  }
  if (!allArrived(results)) terminal.notice("not every key arrived; pushing again is safe: claws keys push");
  if (interrupted) return ExitCode.interrupted;
  return allArrived(results) ? ExitCode.done : ExitCode.partly;
}

/** Says at the first Ctrl-C why the command does not end at once: what is under way would be left unknown. */
export function noticeInterrupt(signal: AbortSignal, terminal: Pick<Terminal, "notice">): void {
  const notice = "stopping: waiting for the answers under way, at most 10 s; Ctrl-C again leaves at once";
  signal.addEventListener("abort", () => terminal.notice(notice), { once: true });
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
