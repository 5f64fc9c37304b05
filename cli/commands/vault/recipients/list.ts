// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../../../command.ts";
import * as shared from "../../../sharedOptions.ts";
import { vaultAccess } from "../../../vaultAccess.ts";

/** `claws vault recipients list` */
export const recipientsList: Command = {
  summary: "list who can open the vault, by short ids, and which of them is you",
  options: { vault: shared.vault, cwd: shared.cwd, json: shared.json },
  examples: ["claws vault recipients list", "claws vault recipients list --json"],
  handler: async (values, effects) => {
    const [{ listRecipients }, { reportRecipients }] = await Promise.all([
      import("../../../vaultRecipients.ts"),
      import("../../../recipientsReport.ts"),
    ]);
    reportRecipients(await listRecipients(vaultAccess(values, effects)), effects.terminal, flag(values, "json"));
    return undefined;
  },
};
