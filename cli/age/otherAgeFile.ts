// SPDX-License-Identifier: Apache-2.0
import { armor, Decrypter } from "age-encryption";
import type { Sensitive } from "../../protocol/sensitive.ts";
import { AgeFailure } from "../../protocol/age/ageFailure.ts";

/** Turns an armored age file into a binary one. @throws AgeFailure of kind `armor` when the armor is malformed */
export function removeArmor(file: Buffer): Buffer {
  try {
    return Buffer.from(armor.decode(file.toString("latin1")));
  } catch {
    throw new AgeFailure("armor", "it is malformed");
  }
}

/**
 * Opens a binary age file with identities of any kind that the age-encryption package knows, post-quantum ones among them.
 *
 * @param passphrases to try on a file that was made for a passphrase. No command asks for one.
 * @throws AgeFailure of kind `identity`, `no match` or, for whatever is wrong with the file, `payload`.
 */
export async function readOtherAgeFile(
  identities: readonly Sensitive[],
  file: Buffer,
  passphrases: readonly string[] = [],
): Promise<Buffer> {
  const decrypter = new Decrypter();
  for (const identity of identities) addIdentity(decrypter, identity);
  for (const passphrase of passphrases) decrypter.addPassphrase(passphrase);
  try {
    return Buffer.from(await decrypter.decrypt(file));
  } catch (error) {
    const isForOthers = error instanceof Error && error.message.startsWith("no identity matched");
    throw isForOthers
      ? new AgeFailure("no match", "no identity matches its recipients")
      : new AgeFailure("payload", "it is changed or cut off");
  }
}

function addIdentity(decrypter: Decrypter, identity: Sensitive): void {
  try {
    decrypter.addIdentity(identity.reveal());
  } catch {
    throw new AgeFailure("identity", "its checksum is wrong");
  }
}
