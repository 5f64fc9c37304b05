// SPDX-License-Identifier: Apache-2.0
import { AgeFailure } from "./ageFailure.ts";
import { open, seal, TAG_LENGTH } from "./chachaPoly.ts";

const CHUNK = 64 * 1024;
const SEALED_CHUNK = CHUNK + TAG_LENGTH;
const LAST_FLAG = 11;

/**
 * Decrypts a payload: chunks of 64 KiB, each under a nonce that counts and says whether it is the last.
 *
 * @returns all of it; nothing is given out before the last chunk is verified.
 * @throws AgeFailure of kind `payload` when a chunk is changed, missing, added or out of place.
 */
export function decryptPayload(key: Buffer, payload: Buffer): Buffer {
  const count = Math.max(1, Math.ceil(payload.length / SEALED_CHUNK));
  const plaintext = Buffer.alloc(Math.max(0, payload.length - count * TAG_LENGTH));
  for (let index = 0; index < count; index += 1) {
    const isLast = index === count - 1;
    const sealed = payload.subarray(index * SEALED_CHUNK, (index + 1) * SEALED_CHUNK);
    const chunk = open(key, nonce(index, isLast), sealed);
    // Only a file without content has an empty chunk: else two files would hold the same content.
    if (chunk === undefined || (chunk.length === 0 && index > 0)) {
      plaintext.fill(0);
      throw new AgeFailure("payload", "it is changed or cut off");
    }
    chunk.copy(plaintext, index * CHUNK);
    chunk.fill(0);
  }
  return plaintext;
}

/** Encrypts a payload. The key must be new for each file. */
export function encryptPayload(key: Buffer, content: Uint8Array): Buffer {
  const count = Math.max(1, Math.ceil(content.byteLength / CHUNK));
  const chunks = Array.from({ length: count }, (_, index) =>
    seal(key, nonce(index, index === count - 1), content.subarray(index * CHUNK, (index + 1) * CHUNK)),
  );
  return Buffer.concat(chunks);
}

/** A counter of 11 bytes, then 1 for the last chunk. */
function nonce(index: number, isLast: boolean): Buffer {
  const bytes = Buffer.alloc(12);
  // Six bytes count 2^48 chunks; a buffer holds fewer.
  bytes.writeUIntBE(index, LAST_FLAG - 6, 6);
  bytes[LAST_FLAG] = isLast ? 1 : 0;
  return bytes;
}
