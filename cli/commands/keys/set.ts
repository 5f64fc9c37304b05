// SPDX-License-Identifier: Apache-2.0
import { required, text, type Command } from "../../command.ts";
import { readTerms, termOptions, termsInWords } from "../../keyTerms.ts";
import * as shared from "../../sharedOptions.ts";
import { vaultAccess } from "../../vaultAccess.ts";

/** `claws keys set NAME` */
export const keysSet: Command = {
  summary: "store a provider key in the vault, read from stdin or a prompt",
  description:
    "A key that the agent has already gets the next version. Push it afterwards: claws keys push. Limits stay with the key until they are changed; an expiry is this version's own.",
  argument: { name: "name", summary: "the key's name, usually the provider's: anthropic, openai" },
  options: {
    agent: { ...shared.agent, required: true },
    version: {
      kind: "text",
      value: "N",
      summary: "the version (default: the next), for an agent that has seen higher ones",
    },
    ...termOptions,
    provider: { kind: "text", value: "ID", summary: "the provider (default: as the key had, or NAME)" },
    vault: shared.vault,
    cwd: shared.cwd,
  },
  examples: [
    "claws keys set anthropic --agent a1 < key.txt",
    "claws keys set anthropic --agent a1 --valid-for 7d --requests-per-day 500",
  ],
  takesSecret: true,
  handler: async (values, effects) => {
    const [
      { checkTarget, checkVersion, providerOf, refuseUsedVersion, withNewVersion },
      { readVault, updateVault },
      { versionsOf },
      { warnOfFormat },
    ] = await Promise.all([
      import("../../keyEntry.ts"),
      import("../../vault.ts"),
      import("../../vaultDocument.ts"),
      import("../../keyFormats.ts"),
    ]);
    const { terminal, readSecret, now } = effects;
    const target = checkTarget(required(values, "name"), required(values, "agent"), text(values, "provider"));
    const given = text(values, "version");
    const atLeast = given === undefined ? 1 : checkVersion(given);
    const terms = readTerms(values, now());
    const access = vaultAccess(values, effects);
    // Whatever is wrong with vault or identity shows before the owner types a key.
    const current = await readVault({ ...access, purpose: "change" });
    if (given !== undefined) refuseUsedVersion(current, target, atLeast);
    const provider = providerOf(current, target);
    const value = await readSecret(`key "${target.name}" of agent "${target.agent}"`);
    warnOfFormat(value, provider, terminal);
    const document = await updateVault(access, (before) =>
      withNewVersion(before, { ...target, value, atLeast, terms, created: now().toISOString() }, "none"),
    );
    const stored = versionsOf(document, target.agent, target.name).at(-1);
    terminal.print(`stored ${target.name} for ${target.agent}, version ${stored?.version ?? 0}`);
    terminal.notice(`the agent may use it ${termsInWords(stored?.notAfter ?? null, stored?.limits)}`);
    return undefined;
  },
};
