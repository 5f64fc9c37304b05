// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "./effects.ts";

/** Asks a question of yes or no, for what cannot be taken back; anything but yes is no. */
export async function askYesOrNo(question: string, { ask }: Pick<Effects, "ask">): Promise<boolean> {
  return /^y(?:es)?$/i.test((await ask(`${question} [y/N] `)).trim());
}
