// SPDX-License-Identifier: Apache-2.0
import { resolve } from "node:path";
import { UserError } from "./errors.ts";
import { readKeychainChoice } from "./keychainChoice.ts";
import { chooseNewPassphrase } from "./newPassphrase.ts";
import type { Terminal } from "./terminal.ts";
import { openVault, updateVault, type VaultAccess } from "./vault.ts";
import type { VaultDocument } from "./vaultDocument.ts";
import { NOTHING_SEEN, secretsIn, type RecipientChange } from "./vaultRecipients.ts";

/** Who the vault was taken from, and what they have seen. */
export type PassphraseChange = Pick<RecipientChange, "removed" | "seen">;

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
): Promise<PassphraseChange> {
  const { document } = await openVault({ ...access, purpose: "change" });
  refuseRecipients(document, mayReplaceRecipients);
  // The command in the environment knows the old one.
  const keys = await chooseNewPassphrase({ environment: {}, terminal, readPassphrase: access.readPassphrase });
  let removed: readonly string[] = [];
  const work = (before: VaultDocument): VaultDocument => {
    // Somebody may have given it recipients while the passphrase was typed.
    refuseRecipients(before, mayReplaceRecipients);
    removed = before.recipients;
    return { ...before, recipients: [] };
  };
  const after = await updateVault(access, work, { keysAfterwards: () => keys });
  if (readKeychainChoice(access.environment).vaults.includes(resolve(access.path)))
    terminal.notice("the keychain still holds the old one: claws vault keychain forget, then store");
  return { removed, seen: removed.length === 0 ? NOTHING_SEEN : secretsIn(after) };
}

function refuseRecipients({ recipients }: VaultDocument, mayReplace: boolean): void {
  if (recipients.length === 0 || mayReplace) return;
  throw new UserError("the vault is opened with identities, not with a passphrase", [
    "to take it from its recipients and give it a passphrase: --replace-recipients",
  ]);
}
