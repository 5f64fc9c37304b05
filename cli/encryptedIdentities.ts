// SPDX-License-Identifier: Apache-2.0
import { PassphraseIdentity } from "../protocol/age/scryptStanza.ts";
import type { Sensitive } from "../protocol/sensitive.ts";
import { decryptAgeFile, isPassphraseFile } from "./age/decryptAgeFile.ts";
import { UserError } from "./errors.ts";
import type { ReadPassphrase } from "./identities.ts";
import { parseIdentityFile } from "./identityFile.ts";

/** Where an encrypted identity file comes from. */
export interface EncryptedFile {
  /** A path or the name of a variable, for messages. */
  readonly source: string;
  readonly readPassphrase: ReadPassphrase | undefined;
}

/**
 * Asks for the passphrase of an identity file that age has encrypted with one, binary or armored, and reads it.
 *
 * @throws UserError that names the file when nobody can be asked, the passphrase is wrong, or it was not made for a passphrase.
 */
export async function decryptIdentityFile(
  content: Buffer,
  { source, readPassphrase }: EncryptedFile,
): Promise<readonly Sensitive[]> {
  try {
    if (!(await isPassphraseFile(content)))
      throw new UserError("it is encrypted for recipients, not with a passphrase", [decryptHint(source)]);
    if (readPassphrase === undefined)
      throw new UserError("it is encrypted, and its passphrase cannot be asked for here", [decryptHint(source)]);
    const passphrase = new PassphraseIdentity(await readPassphrase(`passphrase of the identity file "${source}"`));
    const text = await decryptAgeFile({ identities: [], passphrase }, content);
    const identities = parseIdentityFile(text.toString("utf8"), source);
    text.fill(0);
    return identities;
  } catch (error) {
    if (!(error instanceof UserError) || error.message.startsWith("cannot read")) throw error;
    throw new UserError(`cannot open the identity file "${source}": ${error.message}`, error.hints, error.exitCode);
  }
}

function decryptHint(source: string): string {
  return `decrypt it when needed: CLAWS_AGE_KEY_CMD='age --decrypt "${source}"'`;
}
