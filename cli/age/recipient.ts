// SPDX-License-Identifier: Apache-2.0
import { readX25519Recipient } from "../../protocol/age/x25519Recipient.ts";
import { UserError } from "../errors.ts";

const POST_QUANTUM = "age1pq1";

/** Whether the recipient is of the post-quantum kind, `age1pq1...`. */
export function isPostQuantum(recipient: string): boolean {
  return recipient.startsWith(POST_QUANTUM);
}

/** Enough of a recipient to tell it from others: a post-quantum one has 1959 characters. */
export function shortId(recipient: string): string {
  return `${recipient.slice(0, isPostQuantum(recipient) ? 15 : 12)}...${recipient.slice(-6)}`;
}

/**
 * Checks recipients that a user gave.
 *
 * @param source what they came from, for the error: an option, a file with its line.
 * @throws UserError that shows nothing of what might be an identity.
 */
export async function checkRecipient(recipient: string, source: string): Promise<void> {
  if (/age-secret-key/i.test(recipient))
    throw new UserError(`${source} got an identity (private), not a recipient (age1...)`);
  if (!/^age1[a-z0-9]+$/.test(recipient)) throw new UserError(`${source} must be an age recipient (age1...)`);
  if (!(await isWhole(recipient)))
    throw new UserError(`${source} got "${shortId(recipient)}", which is no age recipient that claws knows`, [
      "it must be age1... (X25519) or age1pq1... (post-quantum), whole: its last characters are a checksum",
    ]);
}

/**
 * A file for both kinds would be no safer than its weakest recipient.
 *
 * @throws UserError when post-quantum recipients stand beside classic ones
 */
export function refuseMix(recipients: readonly string[]): void {
  const postQuantum = recipients.filter(isPostQuantum);
  if (postQuantum.length === 0 || postQuantum.length === recipients.length) return;
  throw new UserError("cannot mix post-quantum recipients with classic ones", [
    "use only age1pq1 recipients, or none",
    "to change over, replace all of them at once: claws vault recipients set --file FILE",
  ]);
}

async function isWhole(recipient: string): Promise<boolean> {
  if (!isPostQuantum(recipient)) return readX25519Recipient(recipient) !== undefined;
  return (await import("./otherAgeFile.ts")).isHybridRecipient(recipient);
}
