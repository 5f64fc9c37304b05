// SPDX-License-Identifier: Apache-2.0
import { createCipheriv, createDecipheriv } from "node:crypto";

/** Length of the tag that follows each ciphertext, in bytes. */
export const TAG_LENGTH = 16;

const CIPHER = "chacha20-poly1305";
const OPTIONS = { authTagLength: TAG_LENGTH } as const;

/** Encrypts with ChaCha20-Poly1305. A key and a nonce together are used for one text only. */
export function seal(key: Buffer, nonce: Buffer, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonce, OPTIONS);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Decrypts ChaCha20-Poly1305. @returns undefined when the text was not sealed with this key and nonce, or is too short to hold a tag */
export function open(key: Buffer, nonce: Buffer, sealed: Buffer): Buffer | undefined {
  const end = sealed.length - TAG_LENGTH;
  if (end < 0) return undefined;
  const decipher = createDecipheriv(CIPHER, key, nonce, OPTIONS);
  decipher.setAuthTag(sealed.subarray(end));
  const plaintext = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
    return plaintext;
  } catch {
    plaintext.fill(0);
    return undefined;
  }
}
