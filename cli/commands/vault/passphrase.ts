// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../../command.ts";
import * as shared from "../../sharedOptions.ts";
import { vaultAccess } from "../../vaultAccess.ts";

/** `claws vault passphrase` */
export const vaultPassphrase: Command = {
  summary: "change the passphrase of the vault",
  description:
    "Asks for the old one and twice for the new one, of 16 or more characters; type nothing to have one made up. Older copies of the file stay open to whoever knows the old one. Nobody's keys change by it.",
  options: {
    "replace-recipients": { kind: "flag", summary: "give a vault that has recipients a passphrase instead" },
    vault: shared.vault,
    cwd: shared.cwd,
  },
  examples: ["claws vault passphrase"],
  handler: async (values, effects) => {
    const [{ changePassphrase }, { reportReplaced }] = await Promise.all([
      import("../../changePassphrase.ts"),
      import("../../recipientsReport.ts"),
    ]);
    const access = vaultAccess(values, effects);
    const change = await changePassphrase(access, effects.terminal, flag(values, "replace-recipients"));
    effects.terminal.print(`the vault ${access.path} has a new passphrase`);
    reportReplaced(change, effects.terminal);
    return undefined;
  },
};
