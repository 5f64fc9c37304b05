// SPDX-License-Identifier: Apache-2.0
import yargs, { type Options } from "yargs";
import type { Command, Values } from "./command.ts";
import { UserError } from "./errors.ts";
import { nearest } from "./nearest.ts";

/**
 * Reads a command's words with yargs: every spelling it allows, and an exact complaint for every other.
 *
 * @param name the command's name, for messages and hints.
 * @throws UserError (exit 2) that names what is unknown, missing or given twice, with a suggestion for a typo. Values are never shown.
 */
export async function readStrictLine(name: string, command: Command, words: readonly string[]): Promise<Values> {
  refuseUnknownOptions(name, command, words);
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
      const complaint = lowerFirst(message ?? error?.message ?? "wrong use").replace(/\s+/g, " ");
      throw new UserError(complaint, [`claws ${name} --help`]);
    });
  const parsed = await parser.parseAsync([...words]);
  return checkedValues(name, command, parsed._.map(String), parsed);
}

function yargsOption(kind: "text" | "list" | "flag"): Options {
  return kind === "flag" ? { type: "boolean" } : { type: "string", array: kind === "list", requiresArg: true };
}

function checkedValues(
  name: string,
  command: Command,
  positionals: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Values {
  const values: Record<string, string | readonly string[] | true> = {};
  const help = `claws ${name} --help`;
  const [first, ...more] = positionals;
  if (more.length > 0 || (first !== undefined && command.argument === undefined)) {
    throw new UserError(
      `"claws ${name}" takes ${command.argument === undefined ? "no argument" : "one argument"}, but got ${positionals.length}`,
      [help],
    );
  }
  if (command.argument !== undefined) {
    if (first === undefined || first === "")
      throw new UserError(`missing argument ${command.argument.name.toUpperCase()}`, [help]);
    values[command.argument.name] = first;
  }
  for (const [option, spec] of Object.entries(command.options)) {
    const value = options[option];
    if (value === undefined || value === false) {
      if (spec.required === true) throw new UserError(`missing option --${option}`, [help]);
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
    const meant = nearest(option, Object.keys(command.options));
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

/** An option's name is shown only when it is a plain word: anything else might be a pasted secret. */
function shown(option: string): string {
  return /^[a-z][a-z-]{0,19}$/.test(option) ? `--${option}` : "(not shown: it is no plain word)";
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
