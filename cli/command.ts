// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "./effects.ts";
import type { ExitCode } from "./errors.ts";

/** One option of a command: `--name VALUE`, or a bare `--name` when `kind` is `flag`. */
export interface OptionSpec {
  readonly kind: "text" | "list" | "flag";
  /** What it does, in a few words. */
  readonly summary: string;
  /** The word for its value in the help. */
  readonly value?: string;
  readonly required?: boolean;
}

/** One word after the command's name. */
export interface ArgumentSpec {
  readonly name: string;
  readonly summary: string;
  /** It may be left out. */
  readonly optional?: true;
}

/** What was given on the command line, by option or argument name; what was not given is absent. */
export type Values = Readonly<Record<string, string | readonly string[] | true>>;

/** A command is data and a handler; all that it does to the world goes through the effects. */
export interface Command {
  readonly summary: string;
  /** What a user must know beyond the summary; wrapped by the help. */
  readonly description?: string;
  readonly argument?: ArgumentSpec;
  /** Words after `--`, taken as they are: a list value under this name. Without this member there are none. */
  readonly rest?: ArgumentSpec;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Lines that can be typed as they stand. */
  readonly examples: readonly string[];
  /** It takes a secret from stdin: words that might hold one are refused before anything else and never shown. */
  readonly takesSecret?: true;
  /** It watches `effects.signal` and says what is done and what is not; all other commands are left at the first Ctrl-C. */
  readonly stopsItself?: true;
  /** @returns the exit code; nothing means 0. */
  readonly handler: (values: Values, effects: Effects) => Promise<ExitCode | undefined>;
}

/** A text option's value, or undefined. */
export function text(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

/** A required option's or the argument's value. */
export function required(values: Values, name: string): string {
  const value = text(values, name);
  if (value === undefined) throw new TypeError(`the command does not declare "${name}" as required`);
  return value;
}

/** A list option's values, in order; empty when it was not given. */
export function list(values: Values, name: string): readonly string[] {
  const value = values[name];
  return typeof value === "string" || value === true || value === undefined ? [] : value;
}

/** Whether a flag was given. */
export function flag(values: Values, name: string): boolean {
  return values[name] === true;
}
