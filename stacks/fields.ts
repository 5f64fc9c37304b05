// SPDX-License-Identifier: Apache-2.0
import { nearestName } from "./nearestName.ts";

/** Takes a value from the configuration: the value, or what is wrong with it as the end of a sentence. */
export type FieldParser<T> = (value: unknown) => { readonly value: T } | { readonly problem: string };

/** One parser for each field of `T`. */
export type FieldParsers<T> = { readonly [K in keyof T]-?: FieldParser<T[K]> };

/** Text that matches a pattern; `rule` completes "must be …". */
export function text(pattern: RegExp, rule: string): FieldParser<string> {
  return (value) =>
    typeof value === "string" && pattern.test(value)
      ? { value }
      : { problem: `must be ${rule}, not ${describe(value)}` };
}

/** Text that passes a check; `rule` completes "must be …". */
export function checked(passes: (value: string) => boolean, rule: string): FieldParser<string> {
  return (value) =>
    typeof value === "string" && passes(value) ? { value } : { problem: `must be ${rule}, not ${describe(value)}` };
}

/** Yes or no, as YAML writes it. */
export const trueOrFalse: FieldParser<boolean> = (value) =>
  typeof value === "boolean" ? { value } : { problem: `must be true or false, not ${describe(value)}` };

/** One of a closed list of words. */
export function oneOf<const T extends string>(words: readonly T[]): FieldParser<T> {
  return (value) => {
    const word = words.find((known) => known === value);
    return word === undefined
      ? { problem: `must be one of ${words.join(", ")}, not ${describe(value)}` }
      : { value: word };
  };
}

/** A list without repetitions, each element taken by `parse`. */
export function listOf<T>(
  parse: FieldParser<T>,
  { atLeast = 0, atMost = 1000 }: { atLeast?: number; atMost?: number } = {},
): FieldParser<T[]> {
  return (value) => {
    if (!Array.isArray(value)) return { problem: `must be a list, not ${describe(value)}` };
    if (value.length < atLeast) return { problem: `must have at least ${atLeast} element` };
    if (value.length > atMost) return { problem: `must have at most ${atMost} elements` };
    const items: T[] = [];
    for (const [index, element] of value.entries()) {
      const parsed = parse(element);
      if ("problem" in parsed) return { problem: `element ${index} ${parsed.problem}` };
      if (items.includes(parsed.value)) return { problem: `element ${index} stands there twice` };
      items.push(parsed.value);
    }
    return { value: items };
  };
}

/** A number above 0 and at most `maximum`. */
export function positiveNumber(maximum: number): FieldParser<number> {
  return (value) =>
    typeof value === "number" && value > 0 && value <= maximum
      ? { value }
      : { problem: `must be a number above 0 and at most ${maximum}, not ${describe(value)}` };
}

/** Reads the fields that are there; what is wrong goes to `problems`, each line with its path. */
export function readFields<T>(
  value: unknown,
  path: string,
  { parsers, problems }: { parsers: FieldParsers<T>; problems: string[] },
): Partial<T> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    problems.push(`${path}: must be a map of fields, not ${describe(value)}`);
    return {};
  }
  const fields: Partial<T> = {};
  for (const [name, given] of Object.entries(value)) {
    if (!isFieldOf(parsers, name)) {
      problems.push(`${path}.${name}: unknown field${suggest(name, Object.keys(parsers))}`);
      continue;
    }
    const parsed = parsers[name](given);
    if ("problem" in parsed) problems.push(`${path}.${name}: ${parsed.problem}`);
    else fields[name] = parsed.value;
  }
  return fields;
}

/** `; did you mean "x"?`, or nothing if no known name is near. */
export function suggest(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? "" : `; did you mean "${nearest}"?`;
}

function isFieldOf<T>(parsers: FieldParsers<T>, name: string): name is keyof T & string {
  return Object.hasOwn(parsers, name);
}

/** A value as a person would point at it; long text is cut, since a pasted secret may sit in the wrong field. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value !== "string") return JSON.stringify(value);
  return value.length > 20 ? `a text of ${value.length} characters` : JSON.stringify(value);
}
