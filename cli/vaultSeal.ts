// SPDX-License-Identifier: Apache-2.0
import { encryptFor, encryptForPassphrase } from "./ageFile.ts";
import { decryptAgeFile } from "./age/decryptAgeFile.ts";
import { UserError } from "./errors.ts";
import { parseVaultDocument, renderVaultDocument, type VaultDocument } from "./vaultDocument.ts";
import type { VaultKeys } from "./vaultKeys.ts";

/** What {@link sealVault} checks its result with. */
export interface Sealing {
  /** What must be able to open the vault again. */
  readonly keys: VaultKeys;
  /** The owner said that it need not be. @default false */
  readonly mayLockOut?: boolean;
}

/**
 * The bytes of a vault: for its recipients or, without any, for the passphrase.
 *
 * @throws UserError when the keys at hand could not open them again, when there is nobody to encrypt for, or for a mix of recipients.
 */
export async function sealVault(path: string, document: VaultDocument, sealing: Sealing): Promise<Uint8Array> {
  const text = renderVaultDocument(document);
  parseVaultDocument(Buffer.from(text));
  const bytes = await encrypt(path, document, text, sealing.keys);
  if (sealing.mayLockOut !== true) await checkOpens(path, bytes, text, sealing.keys);
  return bytes;
}

async function encrypt(
  path: string,
  { recipients }: VaultDocument,
  text: string,
  { passphrase }: VaultKeys,
): Promise<Uint8Array> {
  if (recipients.length > 0) return await encryptFor(recipients, text);
  if (passphrase !== undefined) return encryptForPassphrase(passphrase, text);
  throw new UserError(`refusing to write the vault "${path}": nobody could open it, it has no recipient`);
}

async function checkOpens(path: string, bytes: Uint8Array, text: string, keys: VaultKeys): Promise<void> {
  const { identities, passphrase, source } = keys;
  // The passphrase's key is derived anew: a memory error in the first derivation would lock the owner out for good.
  const again = passphrase === undefined ? { identities } : { identities, passphrase: passphrase.fresh() };
  const reopened = await decryptAgeFile(again, bytes).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`refusing to write the vault "${path}": your own identity could not open it again`, [
      `identity used: ${source}`,
      "add your own recipient",
    ]);
  });
  const isSame = reopened.equals(Buffer.from(text));
  reopened.fill(0);
  if (!isSame) throw new Error("the vault does not decrypt to what was encrypted");
}
