// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../../command.ts";
import { UserError } from "../../errors.ts";
import * as shared from "../../sharedOptions.ts";

/** `claws vault identity` */
export const vaultIdentity: Command = {
  summary: "print your recipients (public), for others to add to their vault",
  description:
    "With --new it makes an identity in your identity file, beside those that are there, and prints its recipient: your first one, or a post-quantum one before a vault moves to that kind. The identity itself is never printed.",
  options: {
    new: { kind: "flag", summary: "make another identity" },
    "post-quantum": { kind: "flag", summary: "of the post-quantum kind" },
    json: shared.json,
  },
  examples: ["claws vault identity", "claws vault identity --new --post-quantum"],
  handler: async (values, { environment, terminal, now, readPassphrase }) => {
    const [{ findIdentities }, { addIdentity, ownRecipients }] = await Promise.all([
      import("../../identities.ts"),
      import("../../ownIdentity.ts"),
    ]);
    const found = await findIdentities(environment, readPassphrase);
    const print = (recipients: readonly string[], source: string): void => {
      if (flag(values, "json")) terminal.print(JSON.stringify({ recipients, identity: source }));
      else for (const recipient of recipients) terminal.print(recipient);
    };
    if (flag(values, "new")) {
      const postQuantum = flag(values, "post-quantum");
      const { recipient, path } = await addIdentity({ environment, now: now(), postQuantum }, found);
      print([recipient], path);
      terminal.notice(`made an identity in ${path}: back it up`);
    } else if (found === undefined)
      throw new UserError("no age identity was found", ["make one: claws vault identity --new"]);
    else print(await ownRecipients(found), found.source);
    return undefined;
  },
};
