// SPDX-License-Identifier: Apache-2.0
import { bringUp, type AgentOutcome } from "./bringUp.ts";
import type { Effects } from "./effects.ts";
import { withLiveOperation } from "./operation/liveOperation.ts";
import { runOperation } from "./runOperation.ts";
import { openSealing } from "./sealing.ts";
import type { KnownAgents } from "./stackOutputs.ts";
import type { ChangeSummary, Stack } from "./stackTypes.ts";
import type { VaultDocument } from "./vaultDocument.ts";

/** What {@link upStack} did. */
export interface UpResult {
  readonly changes: ChangeSummary;
  readonly agents: KnownAgents;
  readonly outcomes: readonly AgentOutcome[];
}

/** Runs the engine and then brings every agent up, shown as one operation. `vault` is undefined when there is none. */
export async function upStack(
  stack: Stack,
  vault: VaultDocument | undefined,
  policyPacks: readonly string[],
  effects: Effects,
): Promise<UpResult> {
  return await withLiveOperation({ operation: "up", stack }, effects, async (live) => {
    const changes = await runOperation(async (run) => await stack.up(run), live, effects, policyPacks);
    const agents = await stack.outputs();
    const push = vault === undefined ? undefined : { document: vault, sealing: openSealing(vault, stack) };
    return { changes, agents, outcomes: await bringUp(agents, push, effects, live) };
  });
}
