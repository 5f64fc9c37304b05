// SPDX-License-Identifier: Apache-2.0
import { commandTable, findCommand } from "./commandTable.ts";
import { UserError } from "./errors.ts";
import { nearest, nearestLine } from "./nearest.ts";

/** The longest run of first words that starts some command's name: `keys`, `tailnet policy`, or nothing. */
export function nounIn(words: readonly string[]): string {
  for (let length = words.length; length > 0; length--) {
    const noun = words.slice(0, length).join(" ");
    if (commandTable.some(({ name }) => name.startsWith(`${noun} `))) return noun;
  }
  return "";
}

/** The complaint about words that name no command, with the command that was probably meant. */
export function unknownCommand(words: readonly string[]): UserError {
  return words[0]?.startsWith("-") === true ? strayOption(words) : unknownWords(words);
}

/** An option in the place of the command: options of a command come after it. */
function strayOption([option = "", ...rest]: readonly string[]): UserError {
  const command = rest.map((_, at) => findCommand(rest.slice(at))).find((found) => found !== undefined);
  if (command !== undefined)
    return new UserError(`the option ${shown([option])} stands before the command`, [
      `options come after it: claws ${command.entry.name} ...`,
    ]);
  const meant = option === "-v" || option === "-V" ? "version" : nearest(option.replace(/^-+/, ""), OPTIONS_ALONE);
  return new UserError(`unknown option ${shown([option])}`, [
    meant === undefined ? "claws --help" : `did you mean "claws --${meant}"?`,
  ]);
}

/** What may be given without a command. */
const OPTIONS_ALONE = ["help", "version"];

function unknownWords(words: readonly string[]): UserError {
  const noun = nounIn(words);
  const depth = noun === "" ? 0 : noun.split(" ").length;
  const given = words.slice(0, depth + 1);
  const meant = meantBy(words, given);
  const help = `claws ${noun === "" ? "" : `${noun} `}--help`;
  return new UserError(`unknown command ${shown(given)}`, [
    meant === undefined ? help : `did you mean "claws ${meant}"?`,
  ]);
}

/** A command, or the noun of several when no more was typed. */
function meantBy(words: readonly string[], given: readonly string[]): string | undefined {
  const names = commandTable.map(({ name }) => name);
  const split = names.map((name) => name.split(" "));
  const nouns = split.flatMap((name) => name.slice(1).map((_, at) => name.slice(0, at + 1)));
  return (
    nearestLine(words, split)?.join(" ") ??
    nearest(given.join(" "), names) ??
    nearestLine(
      given,
      nouns.filter(({ length }) => length === given.length),
    )?.join(" ")
  );
}

/** Only plain words are shown: anything else might be a pasted secret. */
function shown(words: readonly string[]): string {
  return words.every((word) => /^-{0,2}[a-zA-Z][a-z-]{0,19}$/.test(word))
    ? `"${words.join(" ")}"`
    : "(not shown: it is no plain word)";
}
