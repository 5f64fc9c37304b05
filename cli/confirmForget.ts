// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "./effects.ts";
import { Interrupted, UserError } from "./errors.ts";

/** Asks before the last copy of what opens a vault may go. @throws UserError where nobody can be asked */
export async function confirmForget({ terminal, ask }: Pick<Effects, "terminal" | "ask">): Promise<void> {
  if (!terminal.canAsk) throw new UserError("it may be the last copy: say that you have another with --yes");
  const answer = await ask("Do you have the identity or passphrase elsewhere? Type yes to go on: ");
  if (answer.trim().toLowerCase() !== "yes") throw new Interrupted("nothing was changed");
}
