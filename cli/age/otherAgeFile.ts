// SPDX-License-Identifier: Apache-2.0
// What the age-encryption package does for us: post-quantum identities and recipients.
import { Decrypter, Encrypter, generateHybridIdentity, identityToRecipient } from "age-encryption";
import { AgeFailure } from "../../protocol/age/ageFailure.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

/**
 * The file key, if one of the stanzas is for one of the post-quantum identities.
 *
 * @param header all of it, with its MAC, which is verified on the way.
 * @throws AgeFailure of kind `identity`, `header` or `HMAC`
 */
export async function findHybridFileKey(identities: readonly Sensitive[], header: Buffer): Promise<Buffer | undefined> {
  const decrypter = new Decrypter();
  for (const identity of identities) addIdentity(decrypter, identity);
  try {
    return Buffer.from(await decrypter.decryptHeader(header));
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    if (message.startsWith("no identity matched")) return undefined;
    throw message === "invalid header HMAC"
      ? new AgeFailure("HMAC", "the header was changed")
      : new AgeFailure("header", "a post-quantum stanza is malformed");
  }
}

/** Encrypts for post-quantum recipients that {@link isHybridRecipient} has taken. */
export async function encryptForHybrid(recipients: readonly string[], plaintext: Uint8Array): Promise<Buffer> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return Buffer.from(await encrypter.encrypt(plaintext));
}

/** Whether a text that starts with `age1pq1` is whole. */
export function isHybridRecipient(recipient: string): boolean {
  try {
    new Encrypter().addRecipient(recipient);
    return true;
  } catch {
    return false;
  }
}

/** Makes a post-quantum identity. */
export async function makeHybridIdentity(): Promise<Sensitive> {
  return Sensitive.from(await generateHybridIdentity());
}

/** The public half: `age1pq1...`. @throws AgeFailure of kind `identity` */
export async function hybridRecipientOf(identity: Sensitive): Promise<string> {
  return await identityToRecipient(identity.reveal()).catch(() => {
    throw new AgeFailure("identity", "its checksum is wrong");
  });
}

function addIdentity(decrypter: Decrypter, identity: Sensitive): void {
  try {
    decrypter.addIdentity(identity.reveal());
  } catch {
    throw new AgeFailure("identity", "its checksum is wrong");
  }
}
