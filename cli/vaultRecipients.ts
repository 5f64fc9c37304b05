// SPDX-License-Identifier: Apache-2.0
import { isPostQuantum, refuseMix, shortId } from "./age/recipient.ts";
import { UserError } from "./errors.ts";
import { findIdentities } from "./identities.ts";
import { ownRecipients } from "./ownIdentity.ts";
import { openVault, updateVault, type VaultAccess } from "./vault.ts";
import { currentKeys, type VaultDocument } from "./vaultDocument.ts";
import type { VaultKeys } from "./vaultKeys.ts";

/** One recipient of a vault. */
export interface ListedRecipient {
  /** Enough to tell it from the others, and to name it. */
  readonly id: string;
  readonly recipient: string;
  readonly kind: "classic" | "post-quantum";
  /** It belongs to the identity that has opened the vault. */
  readonly yours: boolean;
}

/** What whoever was a recipient has seen. */
export interface SeenSecrets {
  readonly keys: readonly { readonly agent: string; readonly name: string; readonly version: number }[];
  readonly credentials: readonly string[];
  readonly operatorKey: boolean;
}

export const NOTHING_SEEN: SeenSecrets = { keys: [], credentials: [], operatorKey: false };

/** What a change of recipients has done. */
export interface RecipientChange {
  readonly recipients: readonly ListedRecipient[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** What the removed ones have seen and still can read in older copies of the file; empty when none was removed. */
  readonly seen: SeenSecrets;
}

/** The recipients of a vault in its order; none for a vault with a passphrase. */
export async function listRecipients(access: VaultAccess): Promise<readonly ListedRecipient[]> {
  const { document, keys } = await openVault({ ...access, purpose: "show" });
  return listed(document.recipients, await ownRecipients(keys));
}

/** Adds recipients and encrypts the vault for them at once. @throws UserError when they are there, of the other kind, or beside a passphrase */
export async function addRecipients(access: VaultAccess, added: readonly string[]): Promise<RecipientChange> {
  return await change(access, false, ({ recipients }) => {
    if (recipients.length === 0) throw passphraseOnly();
    const fresh = added.filter((recipient) => !recipients.includes(recipient));
    if (fresh.length === 0) throw new UserError(`the vault is for ${added.map(shortId).join(", ")} already`);
    return [...recipients, ...fresh];
  });
}

/** Removes one recipient, named whole or by its short id. @throws UserError for the last one and, unless forced, for the caller's own */
export async function removeRecipient(access: VaultAccess, name: string, force: boolean): Promise<RecipientChange> {
  return await change(access, force, ({ recipients }) => {
    if (recipients.length === 0) throw passphraseOnly();
    const found = recipients.filter((recipient) => recipient === name || shortId(recipient) === name);
    if (found.length === 0)
      throw new UserError("the vault has no such recipient", [`it is for ${recipients.map(shortId).join(", ")}`]);
    if (found.length > 1 && !found.includes(name))
      throw new UserError(`${found.length} recipients of the vault have this short id`, [
        "name the whole recipient: claws vault recipients list --json",
      ]);
    const removed = found.includes(name) ? [name] : found;
    return recipients.filter((recipient) => !removed.includes(recipient));
  });
}

/** Replaces all recipients at once: the way from classic ones to post-quantum ones, and from a passphrase to recipients. @throws UserError */
export async function setRecipients(
  access: VaultAccess,
  recipients: readonly string[],
  force: boolean,
): Promise<RecipientChange> {
  return await change(access, force, () => recipients);
}

async function change(
  access: VaultAccess,
  force: boolean,
  next: (document: VaultDocument) => readonly string[],
): Promise<RecipientChange> {
  let before: readonly string[] = [];
  let own: readonly string[] = [];
  const keysAfterwards = async (now: VaultKeys): Promise<VaultKeys> => await identityKeys(access, now);
  const work = async (document: VaultDocument, keys: VaultKeys): Promise<VaultDocument> => {
    before = document.recipients;
    own = await ownRecipients(await identityKeys(access, keys));
    const recipients = next(document);
    refuseLockOut(recipients, own, force);
    refuseMix(recipients);
    return { ...document, recipients };
  };
  // Forced or not, whoever stays in must be able to open the result.
  const mayLockOut = (changed: VaultDocument): boolean => force && !hasAny(own, changed.recipients);
  const document = await updateVault(access, work, { keysAfterwards, mayLockOut });
  const { recipients } = document;
  const removed = before.filter((recipient) => !recipients.includes(recipient));
  return {
    recipients: listed(recipients, own),
    added: recipients.filter((recipient) => !before.includes(recipient)),
    removed,
    seen: removed.length === 0 ? NOTHING_SEEN : secretsIn(document),
  };
}

/** The identities that must open the vault from now on: those that have, or the owner's if a passphrase has opened it. */
async function identityKeys({ environment, readPassphrase }: VaultAccess, now: VaultKeys): Promise<VaultKeys> {
  if (now.passphrase === undefined) return now;
  return (await findIdentities(environment, readPassphrase)) ?? { identities: [], source: "none" };
}

function refuseLockOut(after: readonly string[], own: readonly string[], force: boolean): void {
  if (after.length === 0)
    throw new UserError("refusing to remove the last recipient: nobody could ever open the vault again", [
      "add another one first: claws vault recipients add RECIPIENT",
    ]);
  if (force || hasAny(own, after)) return;
  throw new UserError("refusing to leave you out: you could not open the vault again", [
    own.length === 0 ? "you have no identity: claws vault identity --new" : `yours: ${own.map(shortId).join(", ")}`,
    "if that is what you want: --force",
  ]);
}

function hasAny(own: readonly string[], recipients: readonly string[]): boolean {
  return own.some((recipient) => recipients.includes(recipient));
}

/** What whoever could open the document has seen. */
export function secretsIn(document: VaultDocument): SeenSecrets {
  const keys = currentKeys(document).map(({ agent, name, version }) => ({ agent, name, version }));
  const credentials = (document.credentials ?? []).map(({ name }) => name);
  return { keys, credentials, operatorKey: document.operator !== undefined };
}

function listed(recipients: readonly string[], own: readonly string[]): readonly ListedRecipient[] {
  return recipients.map((recipient) => ({
    id: shortId(recipient),
    recipient,
    kind: isPostQuantum(recipient) ? "post-quantum" : "classic",
    yours: own.includes(recipient),
  }));
}

function passphraseOnly(): UserError {
  return new UserError("the vault is opened with a passphrase, beside which age allows no recipient", [
    "to open it with identities from now on: claws vault recipients set --recipient YOURS --recipient THEIRS",
  ]);
}
