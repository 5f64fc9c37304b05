// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../command.ts";
import * as shared from "../sharedOptions.ts";

/** `claws destroy` */
export const destroy: Command = {
  summary: "destroy the stack, then ask every service again and print a receipt",
  description:
    "Asks for the stack's name first. The vault and its keys stay. What bears the stack's name and is in no state, and tailnet nodes with its tag, are named and never removed. Exit code 1 when anything of the stack is left.",
  options: { stack: shared.stack, cwd: shared.cwd, yes: shared.yes, json: shared.json },
  examples: ["claws destroy", "claws destroy --stack dev --yes --json"],
  stopsItself: true,
  handler: async (values, effects) => {
    const [{ openSelection }, { preflight }, { confirm, destroyStack }] = await Promise.all([
      import("../selection.ts"),
      import("../preflight.ts"),
      import("../destroyStack.ts"),
    ]);
    const selection = openSelection(values, effects);
    await confirm(selection.stackName, flag(values, "yes"), effects);
    const stack = await selection.stack();
    stack.prepare();
    effects.terminal.notice(`stack ${selection.stackName}: checking credentials and services`);
    await preflight(selection, effects, { configuration: false, vault: false });
    const { project, stackName } = selection;
    return await destroyStack({ project, stackName, stack, json: flag(values, "json") }, effects);
  },
};
