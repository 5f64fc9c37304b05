// SPDX-License-Identifier: Apache-2.0
import { UserError } from "./errors.ts";

/** A line of the form `NAME=value`. */
export interface Assignment {
  readonly name: string;
  readonly value: string;
  /** The line that it starts on, from 1. */
  readonly line: number;
  /** Its value names another variable or a command, which nobody here looks up. */
  readonly refers: boolean;
}

const NAME = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.]*)[ \t]*=[ \t]*/;
const BLANK = /^[ \t]*(?:#.*)?$/;
const AFTER_QUOTE = /^[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/;
const REFERENCE = /(?<!\\)(?:\$[A-Za-z_{(]|`)/;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/**
 * Reads a file of assignments as shells and dotenv programs do: comments, `export`, CRLF, single quotes (as it is), double quotes
 * (with escapes), values over several lines inside quotes. Nothing is expanded.
 *
 * @throws UserError that names the line, and nothing of it
 */
export function parseDotenv(text: string): readonly Assignment[] {
  const found: Assignment[] = [];
  let rest = text.replace(/^\uFEFF/, "");
  let line = 1;
  while (rest !== "") {
    const [whole = ""] = /^[^\n]*\n?/.exec(rest) ?? [];
    if (BLANK.test(whole.trimEnd())) {
      rest = rest.slice(whole.length);
      line += 1;
      continue;
    }
    const { length, ...assignment } = takeAssignment(rest, line);
    found.push(assignment);
    line += rest.slice(0, length).split("\n").length - (rest[length - 1] === "\n" ? 1 : 0);
    rest = rest.slice(length);
  }
  return found;
}

function takeAssignment(text: string, line: number): Assignment & { readonly length: number } {
  const [start, name = ""] = NAME.exec(text) ?? [];
  if (start === undefined) throw wrongLine(line, "it is not NAME=value");
  const after = text.slice(start.length);
  const quote = after[0];
  if (quote !== '"' && quote !== "'") {
    const { value, length } = takeBare(after);
    return { name, value, line, refers: REFERENCE.test(value), length: start.length + length };
  }
  const { raw, length } = takeQuoted(after, quote, line);
  const value = quote === "'" ? raw : raw.replace(/\\([\s\S])/g, (_, one: string) => ESCAPES[one] ?? one);
  return { name, value, line, refers: quote === '"' && REFERENCE.test(raw), length: start.length + length };
}

function takeBare(text: string): { readonly value: string; readonly length: number } {
  const [whole = ""] = /^[^\n]*\n?/.exec(text) ?? [];
  // A # starts a comment only after a space: keys may hold one.
  return { value: whole.replace(/(?:^|[ \t])#.*$/s, "").trim(), length: whole.length };
}

function takeQuoted(text: string, quote: string, line: number): { readonly raw: string; readonly length: number } {
  for (let at = 1; at < text.length; at += 1) {
    if (quote === '"' && text[at] === "\\") at += 1;
    else if (text[at] === quote) {
      const [tail] = AFTER_QUOTE.exec(text.slice(at + 1)) ?? [];
      if (tail === undefined) throw wrongLine(line, "something follows its closing quote");
      return { raw: text.slice(1, at), length: at + 1 + tail.length };
    }
  }
  throw wrongLine(line, "its quote is not closed");
}

function wrongLine(line: number, cause: string): UserError {
  return new UserError(`cannot read line ${line}: ${cause}`, ["the line is not shown: it may hold a secret"]);
}
