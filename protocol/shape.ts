// SPDX-License-Identifier: Apache-2.0
import { ParseError } from "./parseError.ts";

/** Turns an unknown value into a typed one; `path` is where it stands, for the error. */
export type Reader<T> = (value: unknown, path: string) => T;

/** How {@link readObject} treats members that it does not know. */
export interface ObjectOptions {
  /** `refuse` (default) for what we define ourselves, `ignore` for documents of other programs. */
  readonly others?: "refuse" | "ignore";
}

/**
 * Reads an object with exactly these members. A reader made by {@link optional} makes its member optional.
 * @throws ParseError for a missing, unknown or wrong member
 */
export function readObject<T extends object>(
  fields: { readonly [K in keyof T]-?: Reader<T[K]> },
  { others = "refuse" }: ObjectOptions = {},
): Reader<T> {
  const readers = Object.entries<Reader<unknown>>(fields);
  return (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new ParseError(path, "must be an object");
    if (others === "refuse") refuseOthers(value, fields, path);
    // Plain loops: a vault has hundreds of members, and a young process runs callbacks slowly.
    const read: Record<string, unknown> = {};
    for (const [name, reader] of readers) {
      const member = reader(Object.hasOwn(value, name) ? (value as typeof read)[name] : undefined, join(path, name));
      if (member !== undefined) read[name] = member;
    }
    return read as T;
  };
}

function refuseOthers(value: object, fields: object, path: string): void {
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(fields, name));
  // The name may be anything at all, so the message shows it only when it is harmless.
  if (unknown !== undefined)
    throw new ParseError(path, `must not have the member ${/^\w{1,40}$/.test(unknown) ? unknown : "(unprintable)"}`);
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** Reads a list of at most `max` items. */
export function readList<T>(item: Reader<T>, max: number): Reader<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new ParseError(path, "must be a list");
    if (value.length > max) throw new ParseError(path, `must not have more than ${max} items`);
    return value.map((one: unknown, index) => item(one, `${path}[${index}]`));
  };
}

/** Lets a member be missing; `null` is not missing. */
export function optional<T>(reader: Reader<T>): Reader<T | undefined> {
  return (value, path) => (value === undefined ? undefined : reader(value, path));
}

/** Lets a value be `null`. */
export function nullOr<T>(reader: Reader<T>): Reader<T | null> {
  return (value, path) => (value === null ? null : reader(value, path));
}

/** Reads text of at most `max` characters that matches `pattern`, if there is one. `rule` completes "it must be". */
export function readText(max: number, pattern?: RegExp, rule = "text"): Reader<string> {
  return (value, path) => {
    if (typeof value !== "string") throw new ParseError(path, "must be text");
    if (value.length > max) throw new ParseError(path, `must not be longer than ${max} characters`);
    if (pattern?.test(value) === false) throw new ParseError(path, `must be ${rule}`);
    return value;
  };
}

/** Reads a whole number from `min` up to what a JavaScript number holds exactly. */
export function readWhole(min: number): Reader<number> {
  return (value, path) => {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= min) return value;
    throw new ParseError(path, `must be a whole number of at least ${min}`);
  };
}

/** Reads `true` or `false`. */
export const readBoolean: Reader<boolean> = (value, path) => {
  if (typeof value !== "boolean") throw new ParseError(path, "must be true or false");
  return value;
};

/** Reads one of the given words or numbers. */
export function readOneOf<const T extends string | number>(allowed: readonly T[]): Reader<T> {
  return (value, path) => {
    const found = allowed.find((one) => one === value);
    if (found === undefined) throw new ParseError(path, `must be ${allowed.join(" or ")}`);
    return found;
  };
}
