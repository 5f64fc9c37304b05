// SPDX-License-Identifier: Apache-2.0
import { flag, text, type Command } from "../../command.ts";
import { vaultPath } from "../../project.ts";
import * as shared from "../../sharedOptions.ts";

/** `claws operator init` */
export const operatorInit: Command = {
  summary: "make the operator key that pushes are signed with, in the vault",
  description:
    "Agents that are provisioned with its public half take provider keys only when they are sealed for them and signed with it. A vault made by this release has one already.",
  options: {
    replace: { kind: "flag", summary: "replace the key that the vault has: agents made for it take no more keys" },
    vault: shared.vault,
    cwd: shared.cwd,
    json: shared.json,
  },
  examples: ["claws operator init", "claws operator init --replace"],
  handler: async (values, { environment, workingDirectory, terminal, readPassphrase }) => {
    const path = vaultPath(workingDirectory, environment, { vault: text(values, "vault"), cwd: text(values, "cwd") });
    const [{ randomBytes }, { operatorKeyOf }, { withOperator, reportOperator }, { updateVault }] = await Promise.all([
      import("node:crypto"),
      import("../../operatorKey.ts"),
      import("../../operatorEntry.ts"),
      import("../../vault.ts"),
    ]);
    const operator = operatorKeyOf(randomBytes(32));
    const access = { path, environment, readPassphrase, onNotice: terminal.notice };
    await updateVault(access, (document) => withOperator(document, operator, flag(values, "replace")));
    reportOperator(operator, terminal, flag(values, "json"));
    return undefined;
  },
};
