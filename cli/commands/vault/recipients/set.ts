// SPDX-License-Identifier: Apache-2.0
import { flag, list, text, type Command } from "../../../command.ts";
import { UserError } from "../../../errors.ts";
import * as shared from "../../../sharedOptions.ts";
import { vaultAccess } from "../../../vaultAccess.ts";

/** `claws vault recipients set` */
export const recipientsSet: Command = {
  summary: "replace all recipients at once",
  description:
    "The way from classic recipients to post-quantum ones: everybody makes one with claws vault identity --new --post-quantum, and one of you sets them all. Also the way from a passphrase to recipients. Refused when none of them is yours, unless forced.",
  options: {
    recipient: { kind: "list", value: "age1...", summary: "a recipient; may be given several times" },
    file: { kind: "text", value: "FILE", summary: "recipients, one a line; comments start with #" },
    force: { kind: "flag", summary: "even if you cannot open the vault afterwards" },
    vault: shared.vault,
    cwd: shared.cwd,
    json: shared.json,
  },
  examples: ["claws vault recipients set --file team.txt"],
  handler: async (values, effects) => {
    const [{ givenRecipients }, { setRecipients }, { reportChange }] = await Promise.all([
      import("../../../recipientsFile.ts"),
      import("../../../vaultRecipients.ts"),
      import("../../../recipientsReport.ts"),
    ]);
    const recipients = await givenRecipients(list(values, "recipient"), text(values, "file"));
    if (recipients.length === 0)
      throw new UserError("which recipients?", ["name each with --recipient, or a file of them with --file"]);
    const change = await setRecipients(vaultAccess(values, effects), recipients, flag(values, "force"));
    reportChange(change, effects.terminal, flag(values, "json"));
    return undefined;
  },
};
