// SPDX-License-Identifier: Apache-2.0
import { createHmac, hkdfSync } from "node:crypto";
import { open, seal, TAG_LENGTH } from "./chachaPoly.ts";

/** Length of the random key that a file has of its own, in bytes. */
export const FILE_KEY_LENGTH = 16;
/** Length of a file key that is wrapped in a stanza. */
export const WRAPPED_LENGTH = FILE_KEY_LENGTH + TAG_LENGTH;
/** Length of the nonce between header and payload. */
export const NONCE_LENGTH = 16;

// Each wrapping key is used for one file key only.
const NO_NONCE = Buffer.alloc(12);

/** Wraps a file key for a stanza, and wipes the wrapping key. */
export function wrap(key: Buffer, fileKey: Buffer): Buffer {
  const wrapped = seal(key, NO_NONCE, fileKey);
  key.fill(0);
  return wrapped;
}

/** @returns undefined when it was wrapped with another key. */
export function unwrap(key: Buffer, wrapped: Buffer): Buffer | undefined {
  return open(key, NO_NONCE, wrapped);
}

/** The MAC under a header, over all that stands before it. */
export function headerMac(fileKey: Buffer, covered: Buffer): Buffer {
  const key = derive(fileKey, Buffer.alloc(0), "header");
  return createHmac("sha256", key).update(covered).digest();
}

/** The key that the payload is encrypted with. */
export function payloadKey(fileKey: Buffer, nonce: Buffer): Buffer {
  return derive(fileKey, nonce, "payload");
}

function derive(fileKey: Buffer, salt: Buffer, label: string): Buffer {
  return Buffer.from(hkdfSync("sha256", fileKey, salt, label, 32));
}
