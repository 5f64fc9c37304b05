// SPDX-License-Identifier: Apache-2.0
import { Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { wrongIdentity } from "./age/decryptAgeFile.ts";
import { UserError } from "./errors.ts";
import { Sensitive } from "../protocol/sensitive.ts";

/** An X25519 identity and the recipient that goes with it. */
export interface AgeIdentity {
  readonly identity: Sensitive;
  readonly recipient: string;
}

/** Makes a new X25519 identity. */
export async function generateIdentity(): Promise<AgeIdentity> {
  const identity = Sensitive.from(await generateX25519Identity());
  return { identity, recipient: await recipientOf(identity) };
}

/** The public half of an identity: `age1...`. */
export async function recipientOf(identity: Sensitive): Promise<string> {
  return await identityToRecipient(identity.reveal()).catch(() => {
    throw wrongIdentity();
  });
}

/**
 * Encrypts for every recipient.
 *
 * @throws UserError when a recipient is not valid, or when post-quantum and classic ones are mixed: the file would be no
 * safer than its weakest recipient, and the age command refuses such a mix.
 */
export async function encryptFor(recipients: readonly string[], plaintext: string): Promise<Uint8Array> {
  return await encryptBytes(recipients, Buffer.from(plaintext, "utf8"));
}

/** Like {@link encryptFor}, for bytes that the caller can wipe. */
export async function encryptBytes(recipients: readonly string[], plaintext: Uint8Array): Promise<Uint8Array> {
  const postQuantum = recipients.filter((recipient) => /^age1(?:tag)?pq1/.test(recipient));
  if (postQuantum.length > 0 && postQuantum.length < recipients.length) {
    throw new UserError("cannot mix post-quantum recipients with classic ones", [
      "use only age1pq1 recipients, or none",
    ]);
  }
  const encrypter = new Encrypter();
  for (const recipient of recipients) addRecipient(encrypter, recipient);
  return await encrypter.encrypt(plaintext);
}

function addRecipient(encrypter: Encrypter, recipient: string): void {
  try {
    encrypter.addRecipient(recipient);
  } catch {
    throw new UserError(`"${recipient}" is not an age recipient (age1...)`);
  }
}
