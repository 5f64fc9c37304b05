// SPDX-License-Identifier: Apache-2.0
import { timingSafeEqual } from "node:crypto";
import { AgeFailure } from "./ageFailure.ts";
import { headerMac, NONCE_LENGTH, payloadKey } from "./fileKey.ts";
import { parseHeader, type Header, type Stanza } from "./header.ts";
import { decryptPayload } from "./payload.ts";
import { unwrapFileKey, x25519Stanzas, type X25519Identity } from "./x25519Identity.ts";

/**
 * Opens a binary age file with X25519 identities, on Node's own cryptography alone: a package for it would cost more time than
 * everything else that `claws keys list` does.
 *
 * @returns the content, once all of the file is verified.
 * @throws AgeFailure
 */
export function readAgeFile(identities: readonly X25519Identity[], file: Buffer): Buffer {
  const header = parseHeader(file);
  refuseMixedPassphrase(header.stanzas);
  const fileKey = findX25519FileKey(identities, header.stanzas);
  if (fileKey === undefined) throw noMatch();
  return readWithFileKey(fileKey, header, file);
}

/** The file key, if one of the stanzas is for one of the identities. @throws AgeFailure of kind `header` */
export function findX25519FileKey(
  identities: readonly X25519Identity[],
  stanzas: readonly Stanza[],
): Buffer | undefined {
  const ours = x25519Stanzas(stanzas);
  for (const identity of identities) {
    for (const stanza of ours) {
      const fileKey = unwrapFileKey(identity, stanza);
      if (fileKey !== undefined) return fileKey;
    }
  }
  return undefined;
}

/** A passphrase authenticates whoever wrote the file, so the format lets no other recipient stand beside one. @throws AgeFailure */
export function refuseMixedPassphrase(stanzas: readonly Stanza[]): void {
  if (stanzas.length > 1 && stanzas.some(({ type }) => type === "scrypt"))
    throw new AgeFailure("header", "a passphrase is not the only recipient");
}

/** Verifies the header, then decrypts the content. The file key is wiped. @throws AgeFailure */
export function readWithFileKey(fileKey: Buffer, { covered, mac, length }: Header, file: Buffer): Buffer {
  try {
    if (!timingSafeEqual(headerMac(fileKey, covered), mac)) throw new AgeFailure("HMAC", "the header was changed");
    const payload = file.subarray(length);
    if (payload.length < NONCE_LENGTH) throw new AgeFailure("header", "the payload's nonce is missing");
    const key = payloadKey(fileKey, payload.subarray(0, NONCE_LENGTH));
    return decryptPayload(key, payload.subarray(NONCE_LENGTH));
  } finally {
    fileKey.fill(0);
  }
}

/** What is thrown when no stanza is for the reader. */
export function noMatch(): AgeFailure {
  return new AgeFailure("no match", "no identity matches its recipients");
}
