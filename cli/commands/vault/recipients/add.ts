// SPDX-License-Identifier: Apache-2.0
import { flag, text, type Command } from "../../../command.ts";
import { UserError } from "../../../errors.ts";
import * as shared from "../../../sharedOptions.ts";
import { vaultAccess } from "../../../vaultAccess.ts";

/** `claws vault recipients add RECIPIENT` */
export const recipientsAdd: Command = {
  summary: "let somebody else open the vault, too; it is encrypted anew at once",
  description:
    "They print theirs with claws vault identity, or with age-keygen. They can then read every key in the vault and push as you can. Post-quantum recipients (age1pq1...) cannot stand beside classic ones: claws vault recipients set.",
  argument: { name: "recipient", summary: "their recipient: age1...", optional: true },
  options: {
    file: { kind: "text", value: "FILE", summary: "recipients, one a line; comments start with #" },
    vault: shared.vault,
    cwd: shared.cwd,
    json: shared.json,
  },
  examples: ["claws vault recipients add age1...", "claws vault recipients add --file team.txt"],
  handler: async (values, effects) => {
    const [{ givenRecipients }, { addRecipients }, { reportChange }] = await Promise.all([
      import("../../../recipientsFile.ts"),
      import("../../../vaultRecipients.ts"),
      import("../../../recipientsReport.ts"),
    ]);
    const word = text(values, "recipient");
    const added = await givenRecipients(word === undefined ? [] : [word], text(values, "file"));
    if (added.length === 0) throw new UserError("which recipient?", ["name it, or a file of them with --file"]);
    reportChange(await addRecipients(vaultAccess(values, effects), added), effects.terminal, flag(values, "json"));
    return undefined;
  },
};
