// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../command.ts";
import * as shared from "../sharedOptions.ts";

/** `claws preview` */
export const preview: Command = {
  summary: "show what claws up would change, under the same policy pack; changes nothing",
  options: { stack: shared.stack, cwd: shared.cwd, yes: shared.yesAsPulumi, json: shared.json },
  examples: ["claws preview"],
  stopsItself: true,
  handler: async (values, effects) => {
    const [{ openSelection }, { preflight }, { policyPacks }, { previewStack }] = await Promise.all([
      import("../selection.ts"),
      import("../preflight.ts"),
      import("../policyPack.ts"),
      import("../previewStack.ts"),
    ]);
    const selection = openSelection(values, effects);
    const stack = await selection.stack();
    stack.prepare();
    effects.terminal.notice(`stack ${selection.stackName}: checking credentials and services`);
    const packs = policyPacks(effects.environment, effects.workingDirectory);
    await preflight(selection, effects, { configuration: true, vault: false });
    await previewStack(stack, effects, { policyPacks: packs, json: flag(values, "json") });
    return undefined;
  },
};
