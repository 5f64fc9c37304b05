// SPDX-License-Identifier: Apache-2.0
import yargs, { type Options } from "yargs";
import type { Command, Values } from "./command.ts";
import { UserError } from "./errors.ts";
import { globalOptions } from "./globalOptions.ts";
import { nearest } from "./nearest.ts";

/**
 * Reads a command's words with yargs: every spelling it allows, and an exact complaint for every other.
 *
 * @param name the command's name, for messages and hints.
 * @throws UserError (exit 2) that names what is unknown, missing or given twice, with a suggestion for a typo. Values are never shown.
 */
export async function readStrictLine(name: string, command: Command, words: readonly string[]): Promise<Values> {
  refuseUnknownOptions(name, command, words);
  const { own, rest } = splitRest(command, words);
  const parser = yargs()
    .exitProcess(false)
    .help(false)
    .version(false)
    .parserConfiguration({
      "camel-case-expansion": false,
      "boolean-negation": false,
      "dot-notation": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
      "short-option-groups": false,
      "greedy-arrays": false,
      "strip-dashed": true,
    })
    .options(
      Object.fromEntries(Object.entries(command.options).map(([option, spec]) => [option, yargsOption(spec.kind)])),
    )
    .string("_")
    .fail((message: string | undefined, error: Error | undefined) => {
      const said = lowerFirst(message ?? error?.message ?? "wrong use").replace(/\s+/g, " ");
      const complaint = said.replace(/^not enough arguments following: ([a-z-]+)$/, "option --$1 needs a value");
      throw new UserError(complaint, [`claws ${name} --help`]);
    });
  const parsed = await parser.parseAsync([...own]);
  return {
    ...checkedArgument(name, command, parsed._.map(String)),
    ...checkedOptions(name, command, parsed),
    ...checkedRest(name, command, rest),
  };
}

function yargsOption(kind: "text" | "list" | "flag"): Options {
  return kind === "flag" ? { type: "boolean" } : { type: "string", array: kind === "list", requiresArg: true };
}

/** Without words of its own after `--`, a command takes them as arguments. */
function splitRest(
  command: Command,
  words: readonly string[],
): { readonly own: readonly string[]; readonly rest: readonly string[] } {
  const end = command.rest === undefined ? -1 : words.indexOf("--");
  return end === -1 ? { own: words, rest: [] } : { own: words.slice(0, end), rest: words.slice(end + 1) };
}

function checkedArgument(name: string, { argument, rest }: Command, given: readonly string[]): Values {
  const [first, ...more] = given;
  if (more.length > 0 || (first !== undefined && argument === undefined)) {
    throw new UserError(
      `"claws ${name}" takes ${argument === undefined ? "no argument" : "one argument"}, but got ${given.length}`,
      [rest === undefined ? `claws ${name} --help` : `${rest.name.toUpperCase()} comes after --`],
    );
  }
  if (argument === undefined || (first === undefined && argument.optional === true)) return {};
  if (first === undefined || first === "")
    throw new UserError(`missing argument ${argument.name.toUpperCase()}`, [`claws ${name} --help`]);
  return { [argument.name]: first };
}

function checkedRest(name: string, { rest }: Command, given: readonly string[]): Values {
  if (rest === undefined || (given.length === 0 && rest.optional === true)) return {};
  if (given.length > 0) return { [rest.name]: given };
  throw new UserError(`missing ${rest.name.toUpperCase()} after --`, [`claws ${name} --help`]);
}

function checkedOptions(name: string, command: Command, options: Readonly<Record<string, unknown>>): Values {
  const values: Record<string, string | readonly string[] | true> = {};
  for (const [option, spec] of Object.entries(command.options)) {
    const value = options[option];
    if (value === undefined || value === false) {
      if (spec.required === true) throw new UserError(`missing option --${option}`, [`claws ${name} --help`]);
    } else values[option] = checkedValue(option, spec.kind, value);
  }
  return values;
}

function checkedValue(
  option: string,
  kind: "text" | "list" | "flag",
  value: unknown,
): string | readonly string[] | true {
  if (kind === "flag" && value === true) return true;
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (given.length === 0 || given.some((one) => typeof one !== "string" || one === ""))
    throw new UserError(`option --${option} needs a value`);
  if (kind === "list") return given.map(String);
  if (given.length > 1 || kind === "flag") throw new UserError(`option --${option} is given more than once`);
  return String(given[0]);
}

/** yargs finds unknown options too, but only names them; this knows the one that was probably meant. */
function refuseUnknownOptions(name: string, command: Command, words: readonly string[]): void {
  for (const word of words) {
    if (word === "--") return;
    const option = /^--?([^=]*)/.exec(word)?.[1];
    if (option === undefined) continue;
    if (Object.hasOwn(command.options, option)) {
      refuseValueOfFlag(command, option, word);
      continue;
    }
    refuseValueOfGlobal(option, word);
    const meant = nearest(option, [...Object.keys({ ...command.options, ...globalOptions }), "help"]);
    throw new UserError(`unknown option ${shown(option)}`, [
      meant === undefined ? `claws ${name} --help` : `did you mean --${meant}?`,
    ]);
  }
}

/** yargs takes any value of a flag for true, so a slip, or a pasted key, would go unnoticed. */
function refuseValueOfFlag(command: Command, option: string, word: string): void {
  if (command.options[option]?.kind === "flag" && word.includes("="))
    throw new UserError(`option --${option} takes no value`);
}

/** In their bare form these were taken before. */
function refuseValueOfGlobal(option: string, word: string): void {
  if (Object.hasOwn(globalOptions, option) && word.includes("="))
    throw new UserError(`option --${option} takes no value`);
}

/** An option's name is shown only when it is a plain word: anything else might be a pasted secret. */
function shown(option: string): string {
  return /^[a-z][a-z-]{0,19}$/.test(option) ? `--${option}` : "(not shown: it is no plain word)";
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
