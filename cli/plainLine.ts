// SPDX-License-Identifier: Apache-2.0
import type { Command, Values } from "./command.ts";

/**
 * Reads a command's words when they are in the plain form: exact option names, `--name VALUE` or `--name=VALUE`, each once,
 * values that do not start with a hyphen. Everything else is left to `strictLine.ts`, which loads yargs and knows how to complain;
 * a property test holds the two to the same answer.
 *
 * @returns undefined when the words are not in the plain form.
 */
export function readPlainLine(command: Command, words: readonly string[]): Values | undefined {
  const values = new Map<string, string | readonly string[] | true>();
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--" && command.rest !== undefined && rest.length > 0) {
      values.set(command.rest.name, rest.splice(0));
      break;
    }
    const taken = word.startsWith("-") ? takeOption(command, values, word, rest) : takeArgument(command, values, word);
    if (!taken) return undefined;
  }
  return hasRequired(command, values) ? Object.fromEntries(values) : undefined;
}

function takeArgument(command: Command, values: Map<string, unknown>, word: string): boolean {
  if (command.argument === undefined || values.has(command.argument.name) || word === "") return false;
  values.set(command.argument.name, word);
  return true;
}

function takeOption(
  command: Command,
  values: Map<string, string | readonly string[] | true>,
  word: string,
  rest: string[],
): boolean {
  const [, name = "", inline] = /^--([a-z][a-z-]*)(?:=([^-].*))?$/s.exec(word) ?? [];
  const spec = Object.hasOwn(command.options, name) ? command.options[name] : undefined;
  if (spec === undefined || (values.has(name) && spec.kind !== "list")) return false;
  if (spec.kind === "flag") {
    // yargs takes `--json true` for one option, so such a line is its business.
    if (inline !== undefined || rest[0] === "true" || rest[0] === "false") return false;
    values.set(name, true);
    return true;
  }
  const value = inline ?? (word.includes("=") ? undefined : rest.shift());
  if (value === undefined || value === "" || value.startsWith("-")) return false;
  const before = values.get(name);
  values.set(
    name,
    spec.kind === "list" ? [...(Array.isArray(before) ? (before as readonly string[]) : []), value] : value,
  );
  return true;
}

function hasRequired(command: Command, values: ReadonlyMap<string, unknown>): boolean {
  const options = Object.keys(command.options).filter((name) => command.options[name]?.required === true);
  const words = [command.argument, command.rest].filter((spec) => spec !== undefined && spec.optional !== true);
  return [...options, ...words.map((spec) => spec?.name ?? "")].every((name) => values.has(name));
}
