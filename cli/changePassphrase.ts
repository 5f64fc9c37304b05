// SPDX-License-Identifier: Apache-2.0
import { resolve } from "node:path";
import { UserError } from "./errors.ts";
import { readKeychainChoice } from "./keychainChoice.ts";
import { chooseNewPassphrase } from "./newPassphrase.ts";
import type { Terminal } from "./terminal.ts";
import { openVault, updateVault, type VaultAccess } from "./vault.ts";

/**
 * Gives the vault a new passphrase, which is asked for at the terminal.
 *
 * @param mayReplaceRecipients whether a vault that has recipients may lose them.
 * @throws UserError when it has recipients and may not, or the passphrase is too weak.
 */
export async function changePassphrase(
  access: VaultAccess,
  terminal: Pick<Terminal, "draw" | "notice">,
  mayReplaceRecipients: boolean,
): Promise<void> {
  const { document } = await openVault(access);
  if (document.recipients.length > 0 && !mayReplaceRecipients)
    throw new UserError("the vault is opened with identities, not with a passphrase", [
      "to take it from its recipients and give it a passphrase: --replace-recipients",
    ]);
  // The command in the environment knows the old one.
  const keys = await chooseNewPassphrase({ environment: {}, terminal, readPassphrase: access.readPassphrase });
  await updateVault(access, (before) => ({ ...before, recipients: [] }), { keysAfterwards: () => keys });
  if (readKeychainChoice(access.environment).vaults.includes(resolve(access.path)))
    terminal.notice("the keychain still holds the old one: claws vault keychain forget, then store");
}
