// SPDX-License-Identifier: Apache-2.0
import type { ArgumentSpec, Command, OptionSpec } from "../command.ts";
import type { CommandEntry } from "../commandTable.ts";
import { globalOptions } from "../globalOptions.ts";

/** What can stand at a place: names that `claws __complete` knows, files, folders, or what nobody can guess. */
export type ValueKind = "agents" | "stacks" | "files" | "folders" | "text";

/** An option as a shell needs it. */
export interface CompletedOption {
  readonly name: string;
  readonly summary: string;
  /** Undefined for a flag. */
  readonly value: ValueKind | undefined;
}

/** A command as a shell needs it. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  readonly argument: ValueKind | undefined;
  /** It takes another program after `--`. */
  readonly hasRest: boolean;
}

/** Reads all commands for the scripts. */
export async function readCompletionData(entries: readonly CommandEntry[]): Promise<readonly CompletedCommand[]> {
  return await Promise.all(entries.map(async ({ name, summary, load }) => describe(name, summary, await load())));
}

/** The words that may follow the words of `prefix`, with the summary of the command that they complete. */
export function nextWords(
  commands: readonly Pick<CompletedCommand, "name" | "summary">[],
  prefix: string,
): ReadonlyMap<string, string> {
  const next = new Map<string, string>();
  for (const { name, summary } of commands) {
    if (prefix !== "" && !name.startsWith(`${prefix} `)) continue;
    const [word = "", ...more] = name.slice(prefix === "" ? 0 : prefix.length + 1).split(" ");
    const before = next.get(word);
    if (more.length === 0) next.set(word, summary);
    else if (before === undefined) next.set(word, `${[prefix, word].join(" ").trim()} commands`);
  }
  return next;
}

/** All beginnings of command names after which another word must follow, `""` first. */
export function prefixes(commands: readonly Pick<CompletedCommand, "name">[]): readonly string[] {
  const found = commands.flatMap(({ name }) => {
    const words = name.split(" ");
    return words.map((_, length) => words.slice(0, length).join(" "));
  });
  return [...new Set(found)];
}

/** All options, of any command, after which a value stands. */
export function optionsWithValue(commands: readonly CompletedCommand[]): readonly string[] {
  const names = commands.flatMap(({ options }) => options.filter(({ value }) => value !== undefined));
  return [...new Set(names.map(({ name }) => `--${name}`))].sort();
}

function describe(name: string, summary: string, { options, argument, rest }: Command): CompletedCommand {
  const all = { ...options, ...globalOptions, help: { kind: "flag", summary: "show the help" } } as const;
  return {
    name,
    summary,
    options: Object.entries<OptionSpec>(all).map(([option, spec]) => ({
      name: option,
      summary: spec.summary,
      value: spec.kind === "flag" ? undefined : kindOf(option, spec.value),
    })),
    argument: argument === undefined ? undefined : argumentKind(argument),
    hasRest: rest !== undefined,
  };
}

function argumentKind({ name }: ArgumentSpec): ValueKind {
  return kindOf(name, name.toUpperCase());
}

function kindOf(name: string, word: string | undefined): ValueKind {
  if (name === "agent") return "agents";
  if (name === "stack") return "stacks";
  if (word === "FILE" || word === "PATH") return "files";
  return word === "FOLDER" ? "folders" : "text";
}
