// SPDX-License-Identifier: Apache-2.0
import { flag, required, type Command } from "../../command.ts";
import { ExitCode } from "../../errors.ts";
import * as shared from "../../sharedOptions.ts";

/** `claws keys rotate NAME` */
export const keysRotate: Command = {
  summary: "replace a key of a running agent, read from stdin or a prompt, without a restart",
  description:
    "Saves the new version in the vault, puts and activates it, then drops the old one. It does not revoke the old key at the provider: that is yours to do, and the command says where.",
  argument: { name: "name", summary: "the key's name" },
  options: {
    agent: { ...shared.agent, required: true },
    stack: shared.stack,
    cwd: shared.cwd,
    vault: shared.vault,
    json: shared.json,
  },
  examples: ["claws keys rotate anthropic --agent a1 < new-key.txt"],
  takesSecret: true,
  stopsItself: true,
  handler: async (values, effects) => {
    const [{ checkTarget }, { openSelection }, { rotateKey }, { reportRotation }] = await Promise.all([
      import("../../keyEntry.ts"),
      import("../../selection.ts"),
      import("../../rotateKey.ts"),
      import("../../rotationReport.ts"),
    ]);
    const target = checkTarget(required(values, "name"), required(values, "agent"));
    const { vault, stack, agentsOf } = openSelection(values, effects);
    const opened = await stack();
    const agent = (await agentsOf(opened)).get(target.agent);
    if (agent === undefined) return ExitCode.failed;
    return reportRotation(
      await rotateKey({ target, agent, stack: opened, access: vault }, effects),
      effects.terminal,
      flag(values, "json"),
    );
  },
};
