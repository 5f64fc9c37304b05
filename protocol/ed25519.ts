// SPDX-License-Identifier: Apache-2.0
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import { readBase64Url } from "./base64url.ts";
import type { Reader } from "./shape.ts";

const KEY_LENGTH = 32;
const SIGNATURE_LENGTH = 64;
/** What stands before the 32 bytes of an Ed25519 key in its DER form: the public and the private one. */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** Reads a raw public key: base64url, 43 characters. */
export const readPublicKey: Reader<string> = readBase64Url(KEY_LENGTH);

/** Reads a signature: base64url, 86 characters. */
export const readSignature: Reader<string> = readBase64Url(SIGNATURE_LENGTH);

/** The private key of a seed of 32 bytes, which the caller wipes. @throws Error when the seed has another length */
export function privateKeyOfSeed(seed: Uint8Array): KeyObject {
  if (seed.byteLength !== KEY_LENGTH)
    throw new Error(`cannot make an Ed25519 key: its seed must have ${KEY_LENGTH} bytes`);
  const key = Buffer.concat([PKCS8_PREFIX, seed]);
  try {
    return createPrivateKey({ key, format: "der", type: "pkcs8" });
  } finally {
    key.fill(0);
  }
}

/** The public half of a private key, raw and in base64url. */
export function publicKeyOf(privateKey: KeyObject): string {
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return spki.subarray(SPKI_PREFIX.length).toString("base64url");
}

/** Signs a text; gives base64url. */
export function signText(privateKey: KeyObject, text: string): string {
  return sign(null, Buffer.from(text, "utf8"), privateKey).toString("base64url");
}

/** Whether the signature is one by this public key over this text. False for anything malformed. */
export function isSignedBy(publicKey: string, text: string, signature: string): boolean {
  try {
    const raw = Buffer.from(readPublicKey(publicKey, ""), "base64url");
    const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: "der", type: "spki" });
    return verify(null, Buffer.from(text, "utf8"), key, Buffer.from(readSignature(signature, ""), "base64url"));
  } catch {
    return false;
  }
}
