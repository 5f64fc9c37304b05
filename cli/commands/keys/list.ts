// SPDX-License-Identifier: Apache-2.0
import { flag, text, type Command } from "../../command.ts";
import { vaultPath } from "../../project.ts";
import * as shared from "../../sharedOptions.ts";

/** `claws keys list` */
export const keysList: Command = {
  summary: "list the keys in the vault: agent, name, provider, version, date; never a value",
  options: {
    agent: { ...shared.agent, summary: "only this agent's" },
    vault: shared.vault,
    cwd: shared.cwd,
    json: shared.json,
  },
  examples: ["claws keys list --agent a1", "claws keys list --json"],
  handler: async (values, { environment, workingDirectory, terminal, readPassphrase }) => {
    const path = vaultPath(workingDirectory, environment, { vault: text(values, "vault"), cwd: text(values, "cwd") });
    const [{ readVault }, { currentKeys, withoutValue }, { renderTable }, { termsInWords }] = await Promise.all([
      import("../../vault.ts"),
      import("../../vaultDocument.ts"),
      import("../../table.ts"),
      import("../../keyTerms.ts"),
    ]);
    const agent = text(values, "agent");
    const access = { path, environment, readPassphrase, onNotice: terminal.notice, purpose: "show" } as const;
    const keys = currentKeys(await readVault(access)).filter((key) => agent === undefined || key.agent === agent);
    if (flag(values, "json")) {
      terminal.print(JSON.stringify(keys.map(withoutValue)));
    } else if (keys.length === 0)
      terminal.notice(`no key${agent === undefined ? "" : ` for agent "${agent}"`} in ${path}`);
    else {
      const rows = keys.map((key) => [
        key.agent,
        key.name,
        key.provider,
        String(key.version),
        key.created.slice(0, 10),
        termsInWords(key.notAfter, key.limits),
      ]);
      terminal.print(renderTable(["AGENT", "KEY", "PROVIDER", "VERSION", "CREATED", "USABLE"], rows));
    }
    return undefined;
  },
};
