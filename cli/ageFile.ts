// SPDX-License-Identifier: Apache-2.0
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
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
    throw new UserError("cannot use the age identity: its checksum is wrong", [
      "it was probably cut off when it was copied",
    ]);
  });
}

/**
 * Encrypts for every recipient.
 *
 * @throws UserError when a recipient is not valid, or when post-quantum and classic ones are mixed: the file would be no
 * safer than its weakest recipient, and the age command refuses such a mix.
 */
export async function encryptFor(recipients: readonly string[], plaintext: string): Promise<Uint8Array> {
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

/**
 * Decrypts a whole age file; nothing is returned before all of it is verified.
 *
 * @throws UserError with the cause in words: not an age file, no identity matches, damaged.
 */
export async function decryptWith(identities: readonly Sensitive[], file: Uint8Array): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  for (const identity of identities) addIdentity(decrypter, identity);
  try {
    return await decrypter.decrypt(file);
  } catch (error) {
    throw causeOf(error, file);
  }
}

function addRecipient(encrypter: Encrypter, recipient: string): void {
  try {
    encrypter.addRecipient(recipient);
  } catch {
    throw new UserError(`"${recipient}" is not an age recipient (age1...)`);
  }
}

function addIdentity(decrypter: Decrypter, identity: Sensitive): void {
  try {
    decrypter.addIdentity(identity.reveal());
  } catch {
    throw new UserError("cannot use the age identity: its checksum is wrong", [
      "it was probably cut off when it was copied",
    ]);
  }
}

function causeOf(error: unknown, file: Uint8Array): UserError {
  if (file.length === 0) return new UserError("it is empty, not an age file");
  if (!Buffer.from(file.subarray(0, 19)).equals(Buffer.from("age-encryption.org/")))
    return new UserError("it is not an age file");
  if (error instanceof Error && error.message.startsWith("no identity matched")) {
    return new UserError("no identity matches its recipients", ["name yours with CLAWS_AGE_KEY_FILE"]);
  }
  return new UserError("it is damaged or cut off", ["restore it from a backup or from version control"]);
}
