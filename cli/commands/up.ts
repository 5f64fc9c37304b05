// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../command.ts";
import * as shared from "../sharedOptions.ts";

/** `claws up` */
export const up: Command = {
  summary: "create or update the stack, check that nothing answers from outside, push the keys",
  description:
    "Runs the same program as pulumi up, under the policy pack, and then pushes each agent its keys from the vault. Asks nothing; claws preview shows first what would change.",
  options: { stack: shared.stack, cwd: shared.cwd, vault: shared.vault, yes: shared.yesAsPulumi, json: shared.json },
  examples: ["claws up", "claws up --stack prod"],
  stopsItself: true,
  handler: async (values, effects) => {
    const [{ openSelection }, { preflight }, { policyPacks }] = await Promise.all([
      import("../selection.ts"),
      import("../preflight.ts"),
      import("../policyPack.ts"),
    ]);
    const selection = openSelection(values, effects);
    const stack = await selection.stack();
    stack.prepare();
    effects.terminal.notice(`stack ${selection.stackName}: checking credentials, vault and services`);
    const packs = policyPacks(effects.environment, effects.workingDirectory);
    const vault = await preflight(selection, effects, { configuration: true, vault: true });
    const [{ exitCodeOf }, { reportUp }, { noticeUnsealed }, { upStack }] = await Promise.all([
      import("../bringUp.ts"),
      import("../upReport.ts"),
      import("../sealing.ts"),
      import("../upStack.ts"),
    ]);
    const { changes, agents, outcomes } = await upStack(stack, vault, packs, effects);
    reportUp(outcomes, changes, effects.terminal, { json: flag(values, "json"), hasVault: vault !== undefined });
    if (vault !== undefined) noticeUnsealed(agents, vault, effects.terminal);
    return exitCodeOf(outcomes, effects.signal);
  },
};
