// SPDX-License-Identifier: Apache-2.0
import { flag, text, type Command, type Values } from "../../command.ts";
import { UserError, type ExitCode } from "../../errors.ts";
import * as shared from "../../sharedOptions.ts";
import type { Terminal } from "../../terminal.ts";
import type { VaultDocument } from "../../vaultDocument.ts";

/** `claws keys check [NAME]` */
export const keysCheck: Command = {
  summary: "ask the provider, from this machine, whether it takes a key of the vault, or all of them",
  description:
    "Sends each key to its provider, and to nobody else, with one request that spends nothing. Nothing is asked unless you run this, and no key is printed. Prints live, invalid, restricted, quota or unknown; for one key, exit code 1 for invalid and unknown, for many 3 when one of them is.",
  argument: { name: "name", summary: "the key's name; without it, all keys of --agent", optional: true },
  options: {
    agent: shared.agent,
    all: { kind: "flag", summary: "check the keys of all agents" },
    vault: shared.vault,
    cwd: shared.cwd,
    json: shared.json,
  },
  examples: ["claws keys check anthropic --agent a1", "claws keys check --all"],
  handler: async (values, effects) => {
    const [{ vaultAccess }, { readVault }] = await Promise.all([
      import("../../vaultAccess.ts"),
      import("../../vault.ts"),
    ]);
    refuseUnclear(values);
    const document = await readVault({ ...vaultAccess(values, effects), purpose: "show" });
    const name = text(values, "name");
    if (name === undefined) return await checkMany(document, values, effects.terminal);
    return await checkOne(document, name, values, effects.terminal);
  },
};

function refuseUnclear(values: Values): void {
  const [name, agent, all] = [text(values, "name"), text(values, "agent"), flag(values, "all")];
  if (all && (name ?? agent) !== undefined)
    throw new UserError("--all is for all keys of all agents: it takes neither NAME nor --agent");
  if (name !== undefined && agent === undefined)
    throw new UserError("missing --agent", [`claws keys check ${name} --agent AGENT`]);
  if (!all && agent === undefined)
    throw new UserError("which keys? Name one with its --agent, or an --agent, or say --all", [
      "each key is sent to its provider",
    ]);
}

async function checkOne(document: VaultDocument, given: string, values: Values, terminal: Terminal): Promise<ExitCode> {
  const [{ checkTarget }, { versionsOf }, { checkKey, exitCodeOfCheck }, { PROVIDERS }] = await Promise.all([
    import("../../keyEntry.ts"),
    import("../../vaultDocument.ts"),
    import("../../checkKey.ts"),
    import("../../../broker/providerTable.ts"),
  ]);
  const { name, agent } = checkTarget(given, text(values, "agent") ?? "");
  const key = versionsOf(document, agent, name).at(-1);
  if (key === undefined)
    throw new UserError(`the vault has no key "${name}" for agent "${agent}"`, ["claws keys list"]);
  const check = await checkKey(key, PROVIDERS);
  const { provider, version } = key;
  if (flag(values, "json")) terminal.print(JSON.stringify({ agent, key: name, provider, version, ...check }));
  else terminal.print(`${name} of ${agent}, version ${version}: ${check.result} (${check.detail})`);
  return exitCodeOfCheck(check);
}

async function checkMany(document: VaultDocument, values: Values, terminal: Terminal): Promise<ExitCode> {
  const [{ currentKeys }, { checkKeys, reportChecks }, { PROVIDERS }] = await Promise.all([
    import("../../vaultDocument.ts"),
    import("../../checkKeys.ts"),
    import("../../../broker/providerTable.ts"),
  ]);
  const agent = text(values, "agent");
  const keys = currentKeys(document).filter((key) => agent === undefined || key.agent === agent);
  if (keys.length === 0)
    throw new UserError(`the vault has no key${agent === undefined ? "" : ` for agent "${agent}"`}`, [
      "claws keys list",
    ]);
  return reportChecks(await checkKeys(keys, PROVIDERS), terminal, flag(values, "json"));
}
