// SPDX-License-Identifier: Apache-2.0
import { flag, text, type Command } from "../../command.ts";
import { vaultPath } from "../../project.ts";
import * as shared from "../../sharedOptions.ts";

/** `claws operator show` */
export const operatorShow: Command = {
  summary: "print the public half of the operator key, and the line of the stack's configuration that names it",
  options: { vault: shared.vault, cwd: shared.cwd, json: shared.json },
  examples: ["claws operator show", "claws operator show --json"],
  handler: async (values, { environment, workingDirectory, terminal, readPassphrase }) => {
    const path = vaultPath(workingDirectory, environment, { vault: text(values, "vault"), cwd: text(values, "cwd") });
    const [{ operatorOf, reportOperator }, { readVault }] = await Promise.all([
      import("../../operatorEntry.ts"),
      import("../../vault.ts"),
    ]);
    const access = { path, environment, readPassphrase, onNotice: terminal.notice, purpose: "show" } as const;
    reportOperator(operatorOf(await readVault(access)), terminal, flag(values, "json"));
    return undefined;
  },
};
