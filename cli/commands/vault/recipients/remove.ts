// SPDX-License-Identifier: Apache-2.0
import { flag, required, type Command } from "../../../command.ts";
import * as shared from "../../../sharedOptions.ts";
import { vaultAccess } from "../../../vaultAccess.ts";

/** `claws vault recipients remove RECIPIENT` */
export const recipientsRemove: Command = {
  summary: "encrypt the vault without a recipient, and list what they have seen",
  description:
    "They cannot open the vault as it is from now on. They have read what is in it, and older copies of the file, in Git or in a backup, stay open to them: each key, credential and the operator key must be replaced, and the command lists them with how. Your own recipient goes only with --force, the last one never.",
  argument: { name: "recipient", summary: "the recipient, whole or as claws vault recipients list shows it" },
  options: {
    force: { kind: "flag", summary: "even if you cannot open the vault afterwards" },
    vault: shared.vault,
    cwd: shared.cwd,
    json: shared.json,
  },
  examples: ["claws vault recipients remove age1qqqqqqqq...zzzzzz"],
  handler: async (values, effects) => {
    const [{ removeRecipient }, { reportChange }] = await Promise.all([
      import("../../../vaultRecipients.ts"),
      import("../../../recipientsReport.ts"),
    ]);
    const access = vaultAccess(values, effects);
    const change = await removeRecipient(access, required(values, "recipient"), flag(values, "force"));
    reportChange(change, effects.terminal, flag(values, "json"));
    return undefined;
  },
};
