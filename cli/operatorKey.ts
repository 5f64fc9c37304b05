// SPDX-License-Identifier: Apache-2.0
import { isBase64Url } from "../protocol/base64url.ts";
import { privateKeyOfSeed, publicKeyOf, readPublicKey, signText } from "../protocol/ed25519.ts";
import { ParseError } from "../protocol/parseError.ts";
import { Sensitive } from "../protocol/sensitive.ts";
import { readObject, type Reader } from "../protocol/shape.ts";

const SEED_BYTES = 32;

/** The key with which an owner signs what is pushed. Its public half is provisioned with each agent. */
export interface OperatorKey {
  /** Raw Ed25519 public key, base64url: 43 characters. */
  readonly publicKey: string;
  /** Its seed of 32 bytes, base64url. */
  readonly privateKey: Sensitive;
}

/** Makes the key of a seed of 32 random bytes, and wipes those. */
export function operatorKeyOf(seed: Buffer): OperatorKey {
  const publicKey = publicKeyOf(privateKeyOfSeed(seed));
  const privateKey = Sensitive.from(seed.toString("base64url"));
  seed.fill(0);
  return { publicKey, privateKey };
}

/** Signs a text as the operator; gives base64url. */
export function signAsOperator(key: OperatorKey, text: string): string {
  return withSeed(key.privateKey, (seed) => signText(privateKeyOfSeed(seed), text));
}

const readPrivateKey: Reader<Sensitive> = (value, path) => {
  if (value instanceof Sensitive && value.byteLength === 43 && withSeed(value, isSeed)) return value;
  throw new ParseError(path, "must be base64url of 32 bytes");
};

const readHalves = readObject<OperatorKey>({ publicKey: readPublicKey, privateKey: readPrivateKey });

/** Reads a key whose private half is `Sensitive` already. @throws ParseError also when the halves do not belong together */
export const readOperatorKey: Reader<OperatorKey> = (value, path) => {
  const key = readHalves(value, path);
  if (withSeed(key.privateKey, (seed) => publicKeyOf(privateKeyOfSeed(seed))) === key.publicKey) return key;
  throw new ParseError(path, "must have two halves that belong together");
};

function isSeed(seed: Buffer, text: string): boolean {
  return seed.length === SEED_BYTES && isBase64Url(text, SEED_BYTES);
}

function withSeed<T>(privateKey: Sensitive, use: (seed: Buffer, text: string) => T): T {
  const text = privateKey.reveal();
  const seed = Buffer.from(text, "base64url");
  try {
    return use(seed, text);
  } finally {
    seed.fill(0);
  }
}
