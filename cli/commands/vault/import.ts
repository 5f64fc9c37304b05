// SPDX-License-Identifier: Apache-2.0
import { flag, list, text, type Command } from "../../command.ts";
import * as shared from "../../sharedOptions.ts";
import { vaultAccess } from "../../vaultAccess.ts";

/** `claws vault import` */
export const vaultImport: Command = {
  summary: "take keys and credentials from a text on stdin: dotenv, JSON or sops -d",
  description:
    "ANTHROPIC_API_KEY, OPENAI_API_KEY and the like become keys of the agent, cloud credentials such as DIGITALOCEAN_TOKEN become the vault's. Prints names, never values. Takes all or nothing, and refuses names that it does not know.",
  options: {
    agent: { ...shared.agent, summary: "whose the keys are" },
    format: { kind: "text", value: "FORMAT", summary: "dotenv, json or sops (default: as the text looks)" },
    map: { kind: "list", value: "VARIABLE=PROVIDER", summary: "what another name becomes" },
    "ignore-others": { kind: "flag", summary: "leave out names that are not known" },
    "dry-run": { kind: "flag", summary: "only print what it would do" },
    vault: shared.vault,
    cwd: shared.cwd,
    json: shared.json,
  },
  examples: ["claws vault import --agent a1 < .env", "sops -d keys.json | claws vault import --format sops --agent a1"],
  handler: async (values, effects) => {
    const [{ importFormat, readVariables }, { importVariables }] = await Promise.all([
      import("../../importText.ts"),
      import("../../importVariables.ts"),
    ]);
    const { terminal } = effects;
    const format = text(values, "format");
    const wanted = {
      access: vaultAccess(values, effects),
      agent: text(values, "agent"),
      mappings: list(values, "map"),
      ignoreOthers: flag(values, "ignore-others"),
      dryRun: flag(values, "dry-run"),
    };
    const checked = format === undefined ? undefined : importFormat(format);
    const steps = await importVariables(wanted, async () => readVariables(await effects.readInput(), checked), effects);
    const { reportImport } = await import("../../importReport.ts");
    reportImport(steps, terminal, flag(values, "json"));
    if (wanted.dryRun) terminal.notice("nothing was written: --dry-run");
    return undefined;
  },
};
