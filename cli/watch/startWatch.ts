// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "../effects.ts";
import { ExitCode } from "../errors.ts";
import { pauseUntil } from "../interval.ts";
import type { Selection } from "../selection.ts";
import { keepWatching } from "./keepWatching.ts";
import { openWantedKeys } from "./wantedKeys.ts";
import { AgentWatcher } from "./watchAgents.ts";
import { eventPrinter } from "./watchEvent.ts";

/** What the command line asks for. */
export interface WatchRequest {
  /** Milliseconds between two looks. */
  readonly interval: number;
  readonly once: boolean;
  readonly json: boolean;
}

/**
 * Watches the agents of a stack: once, or until the signal.
 *
 * @returns 3 when it looked once and an agent lacks a key that the vault has for it.
 * @throws UserError when vault, stack or tailnet are not ready at the start
 */
export async function startWatch(
  selection: Selection,
  { interval, once, json }: WatchRequest,
  effects: Effects,
): Promise<ExitCode> {
  const { terminal, now, signal } = effects;
  const report = eventPrinter(terminal, now, json);
  // First of all: what opens without a person now does so later, when the engine wants credentials out of the vault.
  const wanted = await openWantedKeys(selection.vault);
  const stack = await selection.stack();
  const watcher = new AgentWatcher({ stack, agentsOf: selection.agentsOf, wanted, interval, report }, effects);
  if (once) {
    const served = await watcher.round();
    return [...served.values()].every(Boolean) ? ExitCode.done : ExitCode.partly;
  }
  // What is wrong with the stack itself is told at once; the rest may come right.
  await selection.agentsOf(stack);
  report({ agent: null, event: "watching", detail: `stack ${selection.stackName}, every ${interval / 1000} s` });
  const pause = async (milliseconds: number): Promise<void> => await pauseUntil(milliseconds, signal);
  await keepWatching({ round: async () => await watcher.round(), interval, report, signal, pause });
  report({ agent: null, event: "stopped" });
  return ExitCode.done;
}
