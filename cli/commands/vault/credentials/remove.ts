// SPDX-License-Identifier: Apache-2.0
import { required, type Command } from "../../../command.ts";
import * as shared from "../../../sharedOptions.ts";
import { vaultAccess } from "../../../vaultAccess.ts";

/** `claws vault credentials remove NAME` */
export const vaultCredentialsRemove: Command = {
  summary: "drop a cloud credential from the vault",
  description: "It is not revoked: whoever has a copy, or an older vault from version control, can go on using it.",
  argument: { name: "name", summary: "its name, as claws vault credentials list shows it" },
  options: { vault: shared.vault, cwd: shared.cwd },
  examples: ["claws vault credentials remove DIGITALOCEAN_TOKEN"],
  handler: async (values, effects) => {
    const [{ credentialName }, { withoutCredential }, { updateVault }] = await Promise.all([
      import("../../../credentials.ts"),
      import("../../../credentialEntry.ts"),
      import("../../../vault.ts"),
    ]);
    const name = credentialName(required(values, "name"));
    await updateVault(vaultAccess(values, effects), (before) => withoutCredential(before, name));
    effects.terminal.print(`removed ${name} from the vault`);
    return undefined;
  },
};
