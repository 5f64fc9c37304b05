// SPDX-License-Identifier: Apache-2.0
import { flag, required, type Command, type Values } from "../../command.ts";
import { ExitCode } from "../../errors.ts";
import type { Rotation } from "../../rotateKey.ts";
import * as shared from "../../sharedOptions.ts";

/** `claws keys rotate NAME` */
export const keysRotate: Command = {
  summary: "replace a key of a running agent, read from stdin or a prompt, without a restart",
  description:
    "Five steps, each told when it is done: the agent answers, the provider takes the new key (--check), the vault holds it beside the old one, the agent uses it, the old one is dropped. That does not revoke the old key at the provider: do it then, the command says where.",
  argument: { name: "name", summary: "the key's name" },
  options: {
    agent: { ...shared.agent, required: true },
    stack: shared.stack,
    cwd: shared.cwd,
    check: { kind: "flag", summary: "ask the provider whether it takes the new key, before anything is saved" },
    vault: shared.vault,
    json: shared.json,
  },
  examples: ["claws keys rotate anthropic --agent a1 --check", "claws keys rotate anthropic --agent a1 < new-key.txt"],
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
      await rotateKey({ target, agent, stack: opened, access: vault, ...(await checking(values)) }, effects),
      effects.terminal,
      flag(values, "json"),
    );
  },
};

async function checking(values: Values): Promise<Pick<Rotation, "check">> {
  if (!flag(values, "check")) return {};
  const [{ checkKey }, { PROVIDERS }] = await Promise.all([
    import("../../checkKey.ts"),
    import("../../../broker/providerTable.ts"),
  ]);
  return { check: async (key) => await checkKey(key, PROVIDERS) };
}
