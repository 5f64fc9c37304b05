// SPDX-License-Identifier: Apache-2.0
import { UserError } from "./errors.ts";
import type { OperatorKey } from "./operatorKey.ts";
import type { Terminal } from "./terminal.ts";
import type { VaultDocument } from "./vaultDocument.ts";

/** The document with this operator key. @throws UserError when it has one already that is not to be replaced */
export function withOperator(document: VaultDocument, operator: OperatorKey, replace: boolean): VaultDocument {
  if (document.operator !== undefined && !replace)
    throw new UserError(`the vault has an operator key already: ${document.operator.publicKey}`, [
      "show it: claws operator show",
      "replace it, when it is lost to others: claws operator init --replace",
    ]);
  return { ...document, operator };
}

/** The vault's operator key. @throws UserError when it has none */
export function operatorOf({ operator }: VaultDocument): OperatorKey {
  if (operator !== undefined) return operator;
  throw new UserError("the vault has no operator key", ["make one: claws operator init"]);
}

/** Prints the public half and how the stack names it. */
export function reportOperator({ publicKey }: OperatorKey, terminal: Terminal, json: boolean): void {
  const configuration = { "office-claws:operatorKeys": [publicKey] };
  if (json) terminal.print(JSON.stringify({ publicKey, configuration }));
  else {
    terminal.print(publicKey);
    terminal.print(`office-claws:operatorKeys: ["${publicKey}"]`);
  }
  terminal.notice(
    "put the second line under config: of the stack's file and run claws up: it replaces droplets that were made without this key",
  );
}
