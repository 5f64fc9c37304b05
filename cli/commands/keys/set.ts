// SPDX-License-Identifier: Apache-2.0
import { required, text, type Command } from "../../command.ts";
import { vaultPath } from "../../project.ts";
import * as shared from "../../sharedOptions.ts";

/** `claws keys set NAME` */
export const keysSet: Command = {
  summary: "store a provider key in the vault, read from stdin or a prompt",
  description: "A key that the agent has already gets the next version. Push it afterwards: claws keys push.",
  argument: { name: "name", summary: "the key's name, usually the provider's: anthropic, openai" },
  options: {
    agent: { ...shared.agent, required: true },
    provider: { kind: "text", value: "ID", summary: "the provider (default: as the key had, or NAME)" },
    vault: shared.vault,
    cwd: shared.cwd,
  },
  examples: ["claws keys set anthropic --agent a1 < key.txt"],
  takesSecret: true,
  handler: async (values, { environment, workingDirectory, terminal, readSecret, now }) => {
    const [{ checkTarget, withNewVersion }, { readVault, updateVault }, { versionsOf }] = await Promise.all([
      import("../../keyEntry.ts"),
      import("../../vault.ts"),
      import("../../vaultDocument.ts"),
    ]);
    const target = checkTarget(required(values, "name"), required(values, "agent"), text(values, "provider"));
    const path = vaultPath(workingDirectory, environment, { vault: text(values, "vault"), cwd: text(values, "cwd") });
    const access = { path, environment, onNotice: terminal.notice };
    // Whatever is wrong with vault or identity shows before the owner types a key.
    await readVault(access);
    const value = await readSecret(`key "${target.name}" of agent "${target.agent}"`);
    const document = await updateVault(access, (before) =>
      withNewVersion(before, { ...target, value, created: now().toISOString() }, "none"),
    );
    terminal.print(
      `stored ${target.name} for ${target.agent}, version ${versionsOf(document, target.agent, target.name).at(-1)?.version ?? 0}`,
    );
    return undefined;
  },
};
