// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { AgeFailure } from "../protocol/age/ageFailure.ts";
import { encodeBech32 } from "../protocol/age/bech32.ts";
import type { Stanza } from "../protocol/age/header.ts";
import type { PassphraseIdentity } from "../protocol/age/scryptStanza.ts";
import { writeAgeFile } from "../protocol/age/writeAgeFile.ts";
import { isX25519Identity, readX25519Identity, recipientText } from "../protocol/age/x25519Identity.ts";
import { readX25519Recipient, wrapForX25519 } from "../protocol/age/x25519Recipient.ts";
import { Sensitive } from "../protocol/sensitive.ts";
import { wrongIdentity } from "./age/failureInWords.ts";
import { isPostQuantum, refuseMix, shortId } from "./age/recipient.ts";
import { UserError } from "./errors.ts";

/** An identity and the recipient that goes with it. */
export interface AgeIdentity {
  readonly identity: Sensitive;
  readonly recipient: string;
}

/** Makes a new identity: X25519, or the post-quantum kind. */
export async function generateIdentity(options: { readonly postQuantum?: boolean } = {}): Promise<AgeIdentity> {
  const identity =
    options.postQuantum === true ? await (await import("./age/otherAgeFile.ts")).makeHybridIdentity() : makeX25519();
  return { identity, recipient: await recipientOf(identity) };
}

/** The public half of an identity: `age1...`. */
export async function recipientOf(identity: Sensitive): Promise<string> {
  try {
    if (isX25519Identity(identity)) return recipientText(readX25519Identity(identity));
    return await (await import("./age/otherAgeFile.ts")).hybridRecipientOf(identity);
  } catch (error) {
    throw error instanceof AgeFailure ? wrongIdentity() : error;
  }
}

/**
 * Encrypts for every recipient.
 *
 * @throws UserError when a recipient is not valid, when there is none, or when post-quantum and classic ones are mixed, which the
 * age command refuses, too.
 */
export async function encryptFor(recipients: readonly string[], plaintext: string): Promise<Uint8Array> {
  return await encryptBytes(recipients, Buffer.from(plaintext, "utf8"));
}

/** Like {@link encryptFor}, for bytes that the caller can wipe. */
export async function encryptBytes(recipients: readonly string[], plaintext: Uint8Array): Promise<Uint8Array> {
  if (recipients.length === 0) throw new UserError("there is no recipient to encrypt for");
  refuseMix(recipients);
  if (recipients.some(isPostQuantum)) return await encryptPostQuantum(recipients, plaintext);
  const keys = recipients.map((recipient) => readX25519Recipient(recipient) ?? noRecipient(recipient));
  return writeAgeFile((fileKey) => keys.map((key) => wrapOrRefuse(key, fileKey)), plaintext);
}

/** Encrypts for whoever knows the passphrase. */
export function encryptForPassphrase(passphrase: PassphraseIdentity, plaintext: string): Uint8Array {
  return writeAgeFile((fileKey) => [passphrase.wrapFileKey(fileKey)], Buffer.from(plaintext, "utf8"));
}

async function encryptPostQuantum(recipients: readonly string[], plaintext: Uint8Array): Promise<Uint8Array> {
  const { encryptForHybrid, isHybridRecipient } = await import("./age/otherAgeFile.ts");
  const wrong = recipients.find((recipient) => !isHybridRecipient(recipient));
  return wrong === undefined ? await encryptForHybrid(recipients, plaintext) : noRecipient(wrong);
}

function makeX25519(): Sensitive {
  const scalar = randomBytes(32);
  const identity = Sensitive.from(encodeBech32(scalar, "AGE-SECRET-KEY-"));
  scalar.fill(0);
  return identity;
}

function wrapOrRefuse(recipient: Buffer, fileKey: Buffer): Stanza {
  try {
    return wrapForX25519(recipient, fileKey);
  } catch (error) {
    if (!(error instanceof AgeFailure)) throw error;
    throw new UserError("refusing to encrypt for a recipient that everybody could open for (a point of low order)");
  }
}

function noRecipient(recipient: string): never {
  throw new UserError(`"${shortId(recipient)}" is not an age recipient (age1...)`);
}
