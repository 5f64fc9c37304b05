// SPDX-License-Identifier: Apache-2.0
import { shortId } from "./age/recipient.ts";
import { knownFrom, type KnownVault } from "./knownVault.ts";
import type { VaultDocument } from "./vaultDocument.ts";

/** How a vault differs from what this machine last accepted of it. */
export interface VaultNews {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Public halves, when they differ. */
  readonly operator?: { readonly before: string | null; readonly after: string | null };
  /** Revisions, when it is an older one. */
  readonly older?: { readonly before: number; readonly after: number };
}

/** Compares what this machine knows with what is there. */
export function newsOf(known: KnownVault, document: VaultDocument): VaultNews {
  const now = knownFrom(known.vault, document);
  return {
    added: now.recipients.filter((recipient) => !known.recipients.includes(recipient)),
    removed: known.recipients.filter((recipient) => !now.recipients.includes(recipient)),
    ...(known.operator === now.operator ? {} : { operator: { before: known.operator, after: now.operator } }),
    ...(known.revision <= now.revision ? {} : { older: { before: known.revision, after: now.revision } }),
  };
}

/**
 * Whether nothing shows that a reader of the vault wrote it after what this machine knows: whoever holds its operator key is one, and
 * without such a key nobody can show it.
 */
export function isUnproven({ added, operator, older }: VaultNews, document: VaultDocument): boolean {
  return operator !== undefined || older !== undefined || (added.length > 0 && document.operator === undefined);
}

/** Whether what is stored now could be read by somebody whom nobody here has accepted; an older state alone lets nobody read more. */
export function letsOthersRead({ added, operator }: VaultNews): boolean {
  return added.length > 0 || operator !== undefined;
}

/** Whether it can be taken without a question: nobody who could not read it before can read it now. */
export function isHarmless({ added, operator, older }: VaultNews): boolean {
  return added.length === 0 && operator === undefined && older === undefined;
}

/** What is said once, where there are others to compare with. */
export function firstUseInWords(recipients: readonly string[]): string {
  return `first use of this vault on this machine: it is taken as it is, for ${recipients.length} recipients (${recipients.map(shortId).join(", ")}); of new ones you are told`;
}

/** A line for each difference. */
export function newsInWords({ added, removed, operator, older }: VaultNews): readonly string[] {
  return [
    ...added.map((recipient) => `new recipient, who can read what you store: ${shortId(recipient)}`),
    ...removed.map((recipient) => `no longer a recipient: ${shortId(recipient)}`),
    ...(operator === undefined
      ? []
      : [`another operator key: ${operator.before ?? "none"} -> ${operator.after ?? "none"}`]),
    ...(older === undefined
      ? []
      : [`an older state: revision ${older.after}, and this machine has seen ${older.before}`]),
  ];
}
