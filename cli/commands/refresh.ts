// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../command.ts";
import * as shared from "../sharedOptions.ts";

/** `claws refresh` */
export const refresh: Command = {
  summary: "show what drifted from the state, and write it into the state",
  description:
    "Asks the services about every resource, as pulumi refresh does. Shows what is gone or changed and asks before the state is written; no resource is touched. With credentials of another account everything looks gone: read before you agree.",
  options: {
    "preview-only": { kind: "flag", summary: "only show, write nothing" },
    stack: shared.stack,
    cwd: shared.cwd,
    yes: shared.yes,
    json: shared.json,
  },
  examples: ["claws refresh --preview-only", "claws refresh --yes --json"],
  stopsItself: true,
  handler: async (values, effects) => {
    const [{ openSelection }, { preflight }, { refreshStack, refuseWithoutAnswer }] = await Promise.all([
      import("../selection.ts"),
      import("../preflight.ts"),
      import("../refreshStack.ts"),
    ]);
    const selection = openSelection(values, effects);
    const options = { yes: flag(values, "yes"), previewOnly: flag(values, "preview-only"), json: flag(values, "json") };
    refuseWithoutAnswer(selection.stackName, options, effects);
    const stack = await selection.stack();
    stack.prepare();
    effects.terminal.notice(`stack ${selection.stackName}: checking credentials and services`);
    await preflight(selection, effects, { configuration: false, vault: false });
    await refreshStack(stack, options, effects);
    return undefined;
  },
};
