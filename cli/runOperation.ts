// SPDX-License-Identifier: Apache-2.0
import { AgentProgress } from "./agentProgress.ts";
import type { Effects } from "./effects.ts";
import { readEngineEvent } from "./engineEvent.ts";
import { Interrupted } from "./errors.ts";
import { startProgress } from "./progress.ts";
import type { ChangeSummary, EngineRun } from "./stackTypes.ts";

/** Runs an operation of the engine with progress per agent; an interrupt says what is done and what is not. */
export async function runOperation(
  operation: (run: EngineRun) => Promise<ChangeSummary>,
  { terminal, signal }: Pick<Effects, "terminal" | "signal">,
  policyPacks: readonly string[] = [],
): Promise<ChangeSummary> {
  const progress = startProgress(terminal);
  const agents = new AgentProgress(progress, () => performance.now());
  try {
    return await operation({ signal, policyPacks, onEvent: (event) => agents.take(readEngineEvent(event)) });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    throw new Interrupted(
      `the engine was asked to stop; ${agents.summary()}`,
      "run the command again to go on, or claws destroy to remove what was made",
    );
  } finally {
    progress.end();
  }
}
