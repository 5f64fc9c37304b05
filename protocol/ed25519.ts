// SPDX-License-Identifier: Apache-2.0
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import { readBase64Url } from "./base64url.ts";
import type { Reader } from "./shape.ts";

const KEY_LENGTH = 32;
const SIGNATURE_LENGTH = 64;
/** Keys go to Node as JWK: OpenSSL takes a millisecond to get ready for DER, which whoever opens a vault would feel. */
const KIND = { kty: "OKP", crv: "Ed25519" } as const;
/** A private JWK has a public half, but Node makes it anew. */
const ANY_PUBLIC_HALF = Buffer.alloc(KEY_LENGTH).toString("base64url");

/** Reads a raw public key: base64url, 43 characters. */
export const readPublicKey: Reader<string> = readBase64Url(KEY_LENGTH);

/** Reads a signature: base64url, 86 characters. */
export const readSignature: Reader<string> = readBase64Url(SIGNATURE_LENGTH);

/** The private key of a seed of 32 bytes, which the caller wipes. @throws Error when the seed has another length */
export function privateKeyOfSeed(seed: Uint8Array): KeyObject {
  if (seed.byteLength !== KEY_LENGTH)
    throw new Error(`cannot make an Ed25519 key: its seed must have ${KEY_LENGTH} bytes`);
  const d = Buffer.from(seed.buffer, seed.byteOffset, KEY_LENGTH).toString("base64url");
  return createPrivateKey({ key: { ...KIND, d, x: ANY_PUBLIC_HALF }, format: "jwk" });
}

/** The public half of a private key, raw and in base64url. */
export function publicKeyOf(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ format: "jwk" }).x ?? "";
}

/** Signs a text; gives base64url. */
export function signText(privateKey: KeyObject, text: string): string {
  return sign(null, Buffer.from(text, "utf8"), privateKey).toString("base64url");
}

/** Whether the signature is one by this public key over this text. False for anything malformed. */
export function isSignedBy(publicKey: string, text: string, signature: string): boolean {
  try {
    const key = createPublicKey({ key: { ...KIND, x: readPublicKey(publicKey, "") }, format: "jwk" });
    return verify(null, Buffer.from(text, "utf8"), key, Buffer.from(readSignature(signature, ""), "base64url"));
  } catch {
    return false;
  }
}
