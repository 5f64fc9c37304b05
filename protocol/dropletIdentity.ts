// SPDX-License-Identifier: Apache-2.0
import { createHmac, timingSafeEqual } from "node:crypto";
import { isBase64Url, readBase64Url } from "./base64url.ts";
import { readPublicKey } from "./ed25519.ts";
import { ParseError } from "./parseError.ts";
import { Sensitive } from "./sensitive.ts";
import { readObject, type Reader } from "./shape.ts";

/** Public half of a droplet's own signing key, with the proof that first boot of the expected droplet made it. */
export interface DropletIdentity {
  /** Raw Ed25519 public key, base64url. */
  readonly publicKey: string;
  /** HMAC-SHA-256 under the enrolment secret over host name and public key, base64url. */
  readonly proof: string;
}

const ENROLMENT_BYTES = 32;

/** Reads what says who a droplet is. */
export const readDropletIdentity: Reader<DropletIdentity> = readObject<DropletIdentity>({
  publicKey: readPublicKey,
  proof: readBase64Url(32),
});

/** Reads an enrolment secret that is `Sensitive` already: base64url of 32 random bytes, 43 characters. */
export const readEnrolment: Reader<Sensitive> = (value, path) => {
  if (value instanceof Sensitive && value.byteLength === 43 && isBase64Url(value.reveal(), ENROLMENT_BYTES))
    return value;
  throw new ParseError(path, `must be base64url of ${ENROLMENT_BYTES} bytes`);
};

/** The proof that whoever made this public key on this host knew the enrolment secret. */
export function proveIdentity(enrolment: Sensitive, hostname: string, publicKey: string): string {
  const key = Buffer.from(enrolment.reveal(), "base64url");
  try {
    const text = `office-claws identity v1\n${hostname}\n${publicKey}`;
    return createHmac("sha256", key).update(text, "utf8").digest("base64url");
  } finally {
    key.fill(0);
  }
}

/** Whether the identity was made by the droplet that got this enrolment secret. Takes the same time for any proof. */
export function isIdentityOf(identity: DropletIdentity, enrolment: Sensitive, hostname: string): boolean {
  const expected = Buffer.from(proveIdentity(enrolment, hostname, identity.publicKey));
  const given = Buffer.from(identity.proof);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
