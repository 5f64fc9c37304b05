// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../../../command.ts";
import * as shared from "../../../sharedOptions.ts";
import { vaultAccess } from "../../../vaultAccess.ts";

/** `claws vault keychain forget` */
export const keychainForget: Command = {
  summary: "take out of the keychain what opens the vault",
  description:
    "Make sure first that you have the identity or passphrase elsewhere: this may be its last copy. It is asked for by --yes.",
  options: { yes: shared.yes, vault: shared.vault, cwd: shared.cwd, json: shared.json },
  examples: ["claws vault keychain forget --yes"],
  handler: async (values, effects) => {
    const { terminal, environment } = effects;
    const [{ forgetInKeychain }, { confirmForget }] = await Promise.all([
      import("../../../keychainStore.ts"),
      import("../../../confirmForget.ts"),
    ]);
    if (!flag(values, "yes")) await confirmForget(effects);
    const taken = await forgetInKeychain(vaultAccess(values, effects).path, environment);
    if (flag(values, "json")) terminal.print(JSON.stringify(taken));
    else if (taken.length === 0) terminal.notice("the keychain holds nothing for this vault");
    else for (const { what } of taken) terminal.print(`the keychain holds the ${what} no more`);
    return undefined;
  },
};
