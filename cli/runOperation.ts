// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "./effects.ts";
import { readEngineEvent } from "./engineEvent.ts";
import { Interrupted } from "./errors.ts";
import type { LiveOperation } from "./operation/liveOperation.ts";
import type { ChangeSummary, EngineRun } from "./stackTypes.ts";

/** Runs an operation of the engine and shows how it goes; an interrupt says what is done, what is not and what cannot be told. */
export async function runOperation(
  operation: (run: EngineRun) => Promise<ChangeSummary>,
  live: LiveOperation,
  { signal }: Pick<Effects, "signal">,
  policyPacks: readonly string[] = [],
): Promise<ChangeSummary> {
  try {
    return await operation({ signal, policyPacks, onEvent: (event) => live.take(readEngineEvent(event)) });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    throw new Interrupted(
      `the engine was asked to stop\n${live.summary()}`,
      "run the command again to go on, or claws destroy to remove what was made",
      "what is unknown: claws refresh asks the services",
    );
  }
}
