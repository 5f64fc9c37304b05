// SPDX-License-Identifier: Apache-2.0
import { createPrivateKey, createPublicKey, diffieHellman, hkdfSync, type KeyObject } from "node:crypto";
import type { Sensitive } from "../sensitive.ts";
import { AgeFailure } from "./ageFailure.ts";
import { decodeBech32, encodeBech32 } from "./bech32.ts";
import { decodeCanonicalBase64 } from "./canonicalBase64.ts";
import { unwrap, WRAPPED_LENGTH } from "./fileKey.ts";
import type { Stanza } from "./header.ts";

const KEY_LENGTH = 32;
/** Keys go to Node as JWK: OpenSSL takes a millisecond to get ready for DER, which `claws keys list` would feel. */
const KIND = { kty: "OKP", crv: "X25519" } as const;
/** A private JWK has a public half, but Node makes it anew. */
const ANY_PUBLIC_HALF = Buffer.alloc(KEY_LENGTH).toString("base64url");

/** An X25519 identity, ready to try stanzas. */
export interface X25519Identity {
  readonly privateKey: KeyObject;
  /** Its public half: 32 bytes. */
  readonly recipient: Buffer;
}

/** What a stanza for an X25519 recipient holds. */
export interface X25519Stanza {
  readonly share: Buffer;
  readonly sealedFileKey: Buffer;
}

/** Whether the identity is of the kind that this file reads: `AGE-SECRET-KEY-1...`. */
export function isX25519Identity(identity: Sensitive): boolean {
  return identity.reveal().startsWith("AGE-SECRET-KEY-1");
}

/** Reads an identity. @throws AgeFailure of kind `identity` when its checksum or length is wrong */
export function readX25519Identity(identity: Sensitive): X25519Identity {
  const scalar = decodeBech32(identity.reveal(), "AGE-SECRET-KEY-");
  if (scalar?.length !== KEY_LENGTH) throw new AgeFailure("identity", "its checksum is wrong");
  try {
    return x25519IdentityOf(scalar);
  } finally {
    scalar.fill(0);
  }
}

/** The identity of 32 random bytes, which the caller wipes. @throws AgeFailure of kind `identity` for another length */
export function x25519IdentityOf(scalar: Uint8Array): X25519Identity {
  if (scalar.byteLength !== KEY_LENGTH) throw new AgeFailure("identity", "it has another length");
  const d = Buffer.from(scalar.buffer, scalar.byteOffset, KEY_LENGTH).toString("base64url");
  const privateKey = createPrivateKey({ key: { ...KIND, d, x: ANY_PUBLIC_HALF }, format: "jwk" });
  const { x = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  return { privateKey, recipient: Buffer.from(x, "base64url") };
}

/** The public half as age writes it: `age1...`. */
export function recipientText({ recipient }: Pick<X25519Identity, "recipient">): string {
  return encodeBech32(recipient, "AGE").toLowerCase();
}

/** The stanzas for X25519 recipients among all. @throws AgeFailure of kind `header` when one of them is malformed */
export function x25519Stanzas(stanzas: readonly Stanza[]): readonly X25519Stanza[] {
  return stanzas
    .filter(({ type }) => type === "X25519")
    .map(({ args, body }) => {
      const share = args.length === 1 ? decodeCanonicalBase64(args[0] ?? "") : undefined;
      if (share?.length !== KEY_LENGTH || body.length !== WRAPPED_LENGTH)
        throw new AgeFailure("header", "an X25519 stanza is malformed");
      return { share, sealedFileKey: body };
    });
}

/** Tries one stanza. @returns undefined when it is for somebody else. @throws AgeFailure of kind `header` for a share of low order */
export function unwrapFileKey(
  { privateKey, recipient }: X25519Identity,
  { share, sealedFileKey }: X25519Stanza,
): Buffer | undefined {
  const key = wrappingKey(agree(privateKey, share), share, recipient);
  const fileKey = unwrap(key, sealedFileKey);
  key.fill(0);
  return fileKey;
}

/** The key that wraps the file key, from what both sides have agreed on, which is wiped. */
export function wrappingKey(secret: Buffer, share: Buffer, recipient: Buffer): Buffer {
  const salt = Buffer.concat([share, recipient]);
  const key = Buffer.from(hkdfSync("sha256", secret, salt, "age-encryption.org/v1/X25519", KEY_LENGTH));
  secret.fill(0);
  return key;
}

/** X25519. @throws AgeFailure of kind `header` for a public half of low order */
export function agree(privateKey: KeyObject, share: Buffer): Buffer {
  const publicKey = createPublicKey({ key: { ...KIND, x: share.toString("base64url") }, format: "jwk" });
  try {
    return diffieHellman({ privateKey, publicKey });
  } catch {
    // OpenSSL refuses a result of zeros, which a share of low order forces.
    throw new AgeFailure("header", "the share of an X25519 stanza is of low order");
  }
}
