// SPDX-License-Identifier: Apache-2.0
import { flag, required, text, type Command } from "../../command.ts";
import { UserError } from "../../errors.ts";
import { vaultPath } from "../../project.ts";
import * as shared from "../../sharedOptions.ts";

/** `claws keys check NAME` */
export const keysCheck: Command = {
  summary: "ask the provider, from this machine, whether it takes a key of the vault",
  description:
    "Sends the key to its provider, and to nobody else, with one request that spends nothing. Nothing is asked unless you run this. Prints live, invalid, restricted, quota or unknown; exit code 1 for invalid and unknown.",
  argument: { name: "name", summary: "the key's name" },
  options: {
    agent: { ...shared.agent, required: true },
    vault: shared.vault,
    cwd: shared.cwd,
    json: shared.json,
  },
  examples: ["claws keys check anthropic --agent a1"],
  handler: async (values, { environment, workingDirectory, terminal, readPassphrase }) => {
    const [{ checkTarget }, { readVault }, { versionsOf }, { checkKey, exitCodeOfCheck }, { PROVIDERS }] =
      await Promise.all([
        import("../../keyEntry.ts"),
        import("../../vault.ts"),
        import("../../vaultDocument.ts"),
        import("../../checkKey.ts"),
        import("../../../broker/providerTable.ts"),
      ]);
    const { name, agent } = checkTarget(required(values, "name"), required(values, "agent"));
    const path = vaultPath(workingDirectory, environment, { vault: text(values, "vault"), cwd: text(values, "cwd") });
    const key = versionsOf(await readVault({ path, environment, readPassphrase }), agent, name).at(-1);
    if (key === undefined)
      throw new UserError(`the vault has no key "${name}" for agent "${agent}"`, ["claws keys list"]);
    const check = await checkKey(key, PROVIDERS);
    const { provider, version } = key;
    if (flag(values, "json")) terminal.print(JSON.stringify({ agent, key: name, provider, version, ...check }));
    else terminal.print(`${name} of ${agent}, version ${version}: ${check.result} (${check.detail})`);
    return exitCodeOfCheck(check);
  },
};
