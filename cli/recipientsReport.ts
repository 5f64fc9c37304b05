// SPDX-License-Identifier: Apache-2.0
import { shortId } from "./age/recipient.ts";
import { renderTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import type { ListedRecipient, RecipientChange, SeenSecrets } from "./vaultRecipients.ts";

/** Prints the recipients of a vault. */
export function reportRecipients(recipients: readonly ListedRecipient[], terminal: Terminal, json: boolean): void {
  if (json) {
    terminal.print(JSON.stringify(recipients));
    return;
  }
  if (recipients.length === 0) {
    terminal.notice("the vault has no recipients: it is opened with a passphrase");
    return;
  }
  const rows = recipients.map(({ id, kind, yours }) => [id, kind, yours ? "yours" : ""]);
  terminal.print(renderTable(["RECIPIENT", "KIND", ""], rows));
}

/** Prints what a change of recipients has done, and what it cannot undo. */
export function reportChange(change: RecipientChange, terminal: Terminal, json: boolean): void {
  const { recipients, added, removed, seen } = change;
  if (json) terminal.print(JSON.stringify({ ...change, recipients: recipients.map(({ recipient }) => recipient) }));
  else {
    for (const recipient of added) terminal.print(`added ${shortId(recipient)}`);
    for (const recipient of removed) terminal.print(`removed ${shortId(recipient)}`);
    terminal.print(`the vault is now for ${recipients.length} ${recipients.length === 1 ? "recipient" : "recipients"}`);
    reportSeen(seen, terminal);
  }
  noteOldCopies(removed, terminal);
  if (recipients.every(({ yours }) => !yours)) terminal.notice("you cannot open the vault any more");
}

/** Prints who lost a vault that a passphrase opens from now on, and what each of them has seen. */
export function reportReplaced({ removed, seen }: Pick<RecipientChange, "removed" | "seen">, terminal: Terminal): void {
  for (const recipient of removed) terminal.print(`removed ${shortId(recipient)}`);
  reportSeen(seen, terminal);
  noteOldCopies(removed, terminal);
}

function reportSeen(seen: SeenSecrets, terminal: Terminal): void {
  const steps = stepsFor(seen);
  if (steps.length > 0) terminal.print(renderTable(["REPLACE", "WITH"], steps));
}

function noteOldCopies(removed: readonly string[], { notice }: Terminal): void {
  if (removed.length > 0)
    notice("whoever was removed has seen all of these, and older copies of the file, as in Git, stay open to them");
}

/** One line for each secret, with the command that replaces it. */
function stepsFor({ keys, credentials, operatorKey }: SeenSecrets): readonly (readonly string[])[] {
  return [
    ...keys.map(({ agent, name }) => [`${agent}/${name}`, `claws keys rotate ${name} --agent ${agent}`]),
    ...credentials.map((name) => [name, `claws vault credentials set ${name}`]),
    ...(operatorKey ? [["operator key", "claws operator init --replace"]] : []),
  ];
}
