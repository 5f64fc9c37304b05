// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { decodeBech32 } from "./bech32.ts";
import { wrap } from "./fileKey.ts";
import type { Stanza } from "./header.ts";
import { agree, wrappingKey, x25519IdentityOf } from "./x25519Identity.ts";

const KEY_LENGTH = 32;

/** Reads a recipient, `age1...`, to its 32 bytes. @returns undefined when it is of another kind, or its checksum is wrong */
export function readX25519Recipient(text: string): Buffer | undefined {
  // Bech32 has one case or the other, never both; age writes recipients in the lower one.
  if (text !== text.toLowerCase()) return undefined;
  const bytes = decodeBech32(text.toUpperCase(), "AGE");
  return bytes?.length === KEY_LENGTH ? bytes : undefined;
}

/** Wraps a file key for a recipient, with a share of its own. @throws AgeFailure when the recipient is of low order, so that anyone could unwrap it */
export function wrapForX25519(recipient: Buffer, fileKey: Buffer): Stanza {
  const scalar = randomBytes(KEY_LENGTH);
  const { privateKey, recipient: share } = x25519IdentityOf(scalar);
  scalar.fill(0);
  const key = wrappingKey(agree(privateKey, recipient), share, recipient);
  return { type: "X25519", args: [share.toString("base64").replace(/=+$/, "")], body: wrap(key, fileKey) };
}
