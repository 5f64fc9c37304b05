// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../../command.ts";
import * as shared from "../../sharedOptions.ts";

/** `claws keys push` */
export const keysPush: Command = {
  summary: "push the keys in the vault to the agents of the stack, over the tailnet, all at once",
  description:
    "Each agent gets its own keys only, after its node ID and tag were checked. Pushing again is safe and finishes a rotation that was cut short.",
  options: {
    agent: { ...shared.agent, summary: "only to this agent" },
    stack: shared.stack,
    cwd: shared.cwd,
    vault: shared.vault,
    json: shared.json,
  },
  examples: ["claws keys push", "claws keys push --agent a1"],
  stopsItself: true,
  handler: async (values, effects) => {
    const [
      { openSelection },
      { readVault },
      { pushKeys },
      { noticeInterrupt, noticeNothingPushed, reportPush },
      { dropFinished },
      { noticeUnsealed, openSealing },
    ] = await Promise.all([
      import("../../selection.ts"),
      import("../../vault.ts"),
      import("../../pushKeys.ts"),
      import("../../pushReport.ts"),
      import("../../finishRotation.ts"),
      import("../../sealing.ts"),
    ]);
    const { vault, stack, agentsOf } = openSelection(values, effects);
    const document = await readVault(vault);
    const opened = await stack();
    const agents = await agentsOf(opened);
    noticeInterrupt(effects.signal, effects.terminal);
    const results = await pushKeys(agents, { document, sealing: openSealing(document, opened) }, effects);
    noticeUnsealed(agents, document, effects.terminal);
    noticeNothingPushed(agents, results, effects.terminal);
    const interrupted = effects.signal.aborted;
    const exitCode = reportPush(results, effects.terminal, { json: flag(values, "json"), interrupted });
    await dropFinished(vault, document, results, effects.terminal);
    return exitCode;
  },
};
