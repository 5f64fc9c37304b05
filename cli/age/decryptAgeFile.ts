// SPDX-License-Identifier: Apache-2.0
import type { Sensitive } from "../../protocol/sensitive.ts";
import { UserError } from "../errors.ts";
import { AgeFailure } from "../../protocol/age/ageFailure.ts";
import { readAgeFile } from "../../protocol/age/readAgeFile.ts";
import { isX25519Identity, readX25519Identity } from "../../protocol/age/x25519Identity.ts";

const BINARY_START = "age-encryption.org/";
const ARMOR_START = /^\s*-----BEGIN AGE ENCRYPTED FILE-----/;

/**
 * Decrypts a whole age file, binary or armored; nothing is returned before all of it is verified.
 * The age-encryption package is loaded only for armor and for identities that are not plain X25519.
 *
 * @throws UserError with the cause in words: not an age file, no identity matches, damaged.
 */
export async function decryptAgeFile(identities: readonly Sensitive[], file: Uint8Array): Promise<Buffer> {
  try {
    return await decrypt(identities, Buffer.from(file.buffer, file.byteOffset, file.byteLength));
  } catch (error) {
    throw error instanceof AgeFailure ? inWords(error) : error;
  }
}

async function decrypt(identities: readonly Sensitive[], file: Buffer): Promise<Buffer> {
  if (file.length === 0) throw new UserError("it is empty, not an age file");
  const isArmored = ARMOR_START.test(file.toString("latin1", 0, 1024));
  const binary = isArmored ? (await import("./otherAgeFile.ts")).removeArmor(file) : file;
  if (binary.toString("latin1", 0, BINARY_START.length) !== BINARY_START) throw new UserError("it is not an age file");
  if (identities.every(isX25519Identity)) return readAgeFile(identities.map(readX25519Identity), binary);
  return await (await import("./otherAgeFile.ts")).readOtherAgeFile(identities, binary);
}

function inWords({ kind }: AgeFailure): UserError {
  switch (kind) {
    case "identity":
      return wrongIdentity();
    case "no match":
      return new UserError("no identity matches its recipients", ["name yours with CLAWS_AGE_KEY_FILE"]);
    default:
      return new UserError("it is damaged or cut off", ["restore it from a backup or from version control"]);
  }
}

/** The complaint about an identity that is not whole. */
export function wrongIdentity(): UserError {
  return new UserError("cannot use the age identity: its checksum is wrong", [
    "it was probably cut off when it was copied",
  ]);
}
