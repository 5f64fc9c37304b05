// SPDX-License-Identifier: Apache-2.0
import { randomInt } from "node:crypto";
import { Sensitive } from "../protocol/sensitive.ts";
import type { Environment } from "./environment.ts";
import { UserError } from "./errors.ts";
import type { FoundIdentities, ReadPassphrase } from "./identities.ts";
import type { Terminal } from "./terminal.ts";
import { cannotAsk, keysOf, passphraseFromCommand } from "./vaultPassphrase.ts";

/** What {@link chooseNewPassphrase} asks with. */
export interface NewPassphrase {
  readonly environment: Environment;
  readonly terminal: Pick<Terminal, "draw">;
  readonly readPassphrase: ReadPassphrase | undefined;
}

/** Fewest characters that count, and fewest different ones. */
const LEAST = 16;
const LEAST_DIFFERENT = 8;
/** No two of these look alike: age's own letters for keys. 25 of them are 125 bits. */
const LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GROUPS = 5;

/**
 * Lets the owner choose the passphrase of a vault: typed twice, made up when nothing is typed, or from
 * `CLAWS_VAULT_PASSPHRASE_CMD`.
 *
 * @throws UserError when it is too weak, when the two differ, or when there is nobody to ask.
 */
export async function chooseNewPassphrase({
  environment,
  terminal,
  readPassphrase,
}: NewPassphrase): Promise<FoundIdentities> {
  const given = await passphraseFromCommand(environment);
  if (given !== undefined) return strong(given, "CLAWS_VAULT_PASSPHRASE_CMD");
  if (readPassphrase === undefined) throw cannotAsk(environment);
  const typed = await readPassphrase("new passphrase of the vault, or nothing to have one made up");
  if (typed.byteLength === 0) return keysOf(makeUp(terminal), "the terminal");
  const keys = strong(typed, "the terminal");
  if (!typed.equals(await readPassphrase("the same again")))
    throw new UserError("the two passphrases differ; nothing was changed");
  return keys;
}

/** Characters of a passphrase that make it harder to guess: a repeat of the one before, or its neighbour, does not. */
export function countingCharacters(passphrase: string): number {
  const codes = Array.from(passphrase, (character) => character.codePointAt(0) ?? 0);
  return codes.filter((code, index) => index === 0 || Math.abs(code - (codes[index - 1] ?? 0)) > 1).length;
}

function strong(passphrase: Sensitive, source: string): FoundIdentities {
  const keys = keysOf(passphrase, source);
  const text = passphrase.reveal();
  if (countingCharacters(text) >= LEAST && new Set(text).size >= LEAST_DIFFERENT) return keys;
  throw new UserError(
    `the passphrase is too weak: ${LEAST} characters must count, ${LEAST_DIFFERENT} of them different`,
    [
      "repeats (aaa) and runs (abc, 321) count once; five unrelated words are good",
      "or type nothing at the prompt to have one made up",
    ],
  );
}

function makeUp(terminal: Pick<Terminal, "draw">): Sensitive {
  const group = (): string => Array.from({ length: 5 }, () => LETTERS.charAt(randomInt(LETTERS.length))).join("");
  const passphrase = Array.from({ length: GROUPS }, group).join("-");
  // Not a notice: --quiet must not swallow the only copy.
  terminal.draw(`claws: the passphrase, shown this once: ${passphrase}\n`);
  return Sensitive.from(passphrase);
}
