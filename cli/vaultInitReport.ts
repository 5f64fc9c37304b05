// SPDX-License-Identifier: Apache-2.0
import { isPostQuantum, shortId } from "./age/recipient.ts";
import type { Terminal } from "./terminal.ts";
import type { MadeVault } from "./vaultInit.ts";

/** Prints what `claws vault init` has made. */
export function reportMadeVault(made: MadeVault, terminal: Terminal, json: boolean): void {
  if (json) terminal.print(JSON.stringify(made));
  else {
    terminal.print(`made the vault ${made.vault}`);
    for (const recipient of made.recipients)
      terminal.print(`  for ${isPostQuantum(recipient) ? shortId(recipient) : recipient}`);
    if (made.recipients.length === 0) terminal.print("  opened with a passphrase");
    terminal.print(`  operator key ${made.operatorKey}`);
  }
  if (made.newIdentity)
    terminal.notice(`made your identity ${made.identity ?? ""}: back it up, without it the vault cannot be opened`);
  if (made.recipients.length === 0)
    terminal.notice("keep the passphrase where you will find it: without it the vault cannot be opened");
}
