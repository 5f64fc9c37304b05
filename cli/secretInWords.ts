// SPDX-License-Identifier: Apache-2.0
import type { Command } from "./command.ts";
import { UserError } from "./errors.ts";

const SECRET_OPTION = /^--?(?:value|key|api-key|secret|token|password|k|v)(?:=|$)/;

/**
 * Refuses a key that was given as an argument or option, with the reason, before anything else is looked at.
 *
 * @throws UserError (exit 2). What was given is not shown.
 */
export function refuseSecretInWords(command: Command, words: readonly string[]): void {
  const options = words.filter((word) => word.startsWith("-"));
  if (options.some((word) => SECRET_OPTION.test(word)) || argumentsIn(command, words) > 1) refuseSecret();
}

/** @throws UserError (exit 2) that says why a secret is no argument, and what to do. What was given is not shown. */
export function refuseSecret(): never {
  throw new UserError(
    "a key must not be given as an argument: every user of this machine can read the process list, and the shell keeps it in its history",
    [
      "pipe it instead: claws keys set NAME --agent AGENT < FILE, or let the command ask for it",
      "if that was a real key, replace it at the provider",
    ],
  );
}

/** Words that are neither an option nor an option's value. */
function argumentsIn(command: Command, words: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    const name = /^--([a-z-]+)$/.exec(word)?.[1];
    if (name !== undefined && Object.hasOwn(command.options, name) && command.options[name]?.kind !== "flag") index++;
    else if (!word.startsWith("-")) count++;
  }
  return count;
}
