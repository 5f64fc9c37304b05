// SPDX-License-Identifier: Apache-2.0
import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { AgeFailure } from "./ageFailure.ts";
import { parseHeader, type Header } from "./header.ts";
import { decryptPayload } from "./payload.ts";
import { unwrapFileKey, x25519Stanzas, type X25519Identity } from "./x25519Identity.ts";

const NONCE_LENGTH = 16;

/**
 * Opens a binary age file with X25519 identities, on Node's own cryptography alone: a package for it would cost more time than
 * everything else that `claws keys list` does.
 *
 * @returns the content, once all of the file is verified.
 * @throws AgeFailure
 */
export function readAgeFile(identities: readonly X25519Identity[], file: Buffer): Buffer {
  const header = parseHeader(file);
  const fileKey = findFileKey(identities, header);
  try {
    checkMac(fileKey, header);
    const payload = file.subarray(header.length);
    if (payload.length < NONCE_LENGTH) throw new AgeFailure("header", "the payload's nonce is missing");
    const key = derive(fileKey, payload.subarray(0, NONCE_LENGTH), "payload");
    return decryptPayload(key, payload.subarray(NONCE_LENGTH));
  } finally {
    fileKey.fill(0);
  }
}

function findFileKey(identities: readonly X25519Identity[], { stanzas }: Header): Buffer {
  // A passphrase authenticates whoever wrote the file, so the format lets no other recipient stand beside one.
  if (stanzas.length > 1 && stanzas.some(({ type }) => type === "scrypt"))
    throw new AgeFailure("header", "a passphrase is not the only recipient");
  const ours = x25519Stanzas(stanzas);
  for (const identity of identities) {
    for (const stanza of ours) {
      const fileKey = unwrapFileKey(identity, stanza);
      if (fileKey !== undefined) return fileKey;
    }
  }
  throw new AgeFailure("no match", "no identity matches its recipients");
}

function checkMac(fileKey: Buffer, { covered, mac }: Header): void {
  const expected = createHmac("sha256", derive(fileKey, Buffer.alloc(0), "header"))
    .update(covered)
    .digest();
  if (!timingSafeEqual(expected, mac)) throw new AgeFailure("HMAC", "the header was changed");
}

function derive(fileKey: Buffer, salt: Buffer, label: string): Buffer {
  return Buffer.from(hkdfSync("sha256", fileKey, salt, label, 32));
}
