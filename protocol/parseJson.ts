// SPDX-License-Identifier: Apache-2.0
import { isUtf8 } from "node:buffer";
import { readCanonicalJson } from "./canonicalJson.ts";
import { isForbiddenName, wipeSecrets, type JsonObject, type JsonValue } from "./jsonValue.ts";
import { ParseError } from "./parseError.ts";
import type { Sensitive } from "./sensitive.ts";
import { unescapeSecret } from "./unescapeSecret.ts";

/** Limits and treatment of one document. */
export interface ParseJsonOptions {
  /** Longest text in bytes; 64 KiB by default. */
  readonly maxBytes?: number;
  /** Deepest nesting of objects and lists; 16 by default. */
  readonly maxDepth?: number;
  /** String members with these names, at any depth, become `Sensitive` without a JavaScript string in between. */
  readonly sensitiveMembers?: readonly string[];
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LONGEST_NUMBER = 40;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Reads JSON that comes from somebody else. Stricter than `JSON.parse`: refuses duplicate members, the names that reach a prototype,
 * numbers that are not finite, bytes that are not UTF-8, and documents that are too long or too deep.
 * @throws ParseError that names the place in bytes and never quotes the text
 */
export function parseJson(bytes: Uint8Array, options: ParseJsonOptions = {}): JsonValue {
  const { maxBytes = 64 * 1024, maxDepth = 16, sensitiveMembers = [] } = options;
  if (bytes.byteLength > maxBytes) throw new ParseError("", `must not be longer than ${maxBytes} bytes`);
  if (!isUtf8(bytes)) throw new ParseError("", "must be UTF-8");
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (
    readCanonicalJson(text, { maxDepth, sensitiveMembers }) ??
    new JsonReader(text, maxDepth, sensitiveMembers).document()
  );
}

class JsonReader {
  readonly #bytes: Buffer;
  readonly #maxDepth: number;
  readonly #sensitive: ReadonlySet<string>;
  readonly #secrets: Sensitive[] = [];
  #at = 0;

  constructor(bytes: Buffer, maxDepth: number, sensitiveMembers: readonly string[]) {
    this.#bytes = bytes;
    this.#maxDepth = maxDepth;
    this.#sensitive = new Set(sensitiveMembers);
  }

  document(): JsonValue {
    try {
      const value = this.#value(0, false);
      this.#skipSpace();
      if (this.#at !== this.#bytes.length) this.#fail("must end after its value");
      return value;
    } catch (error) {
      wipeSecrets(this.#secrets);
      throw error;
    }
  }

  #value(depth: number, sensitive: boolean): JsonValue {
    this.#skipSpace();
    switch (this.#bytes[this.#at]) {
      case 0x7b: // {
        return this.#object(this.#deeper(depth));
      case 0x5b: // [
        return this.#list(this.#deeper(depth));
      case QUOTE:
        return sensitive ? this.#secret() : this.#string();
      default:
        return this.#word("true") ? true : this.#word("false") ? false : this.#nullOrNumber();
    }
  }

  #object(depth: number): JsonObject {
    const members: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue>;
    this.#at += 1;
    if (this.#take("}")) return members;
    do {
      this.#skipSpace();
      const name = this.#string();
      if (isForbiddenName(name)) this.#fail("must not use a member name that reaches a prototype");
      if (name in members) this.#fail("must not name a member twice");
      if (!this.#take(":")) this.#fail("must have a colon after a member name");
      members[name] = this.#value(depth, this.#sensitive.has(name));
    } while (this.#take(","));
    if (!this.#take("}")) this.#fail("must close its object");
    return members;
  }

  #list(depth: number): readonly JsonValue[] {
    const items: JsonValue[] = [];
    this.#at += 1;
    if (this.#take("]")) return items;
    do items.push(this.#value(depth, false));
    while (this.#take(","));
    if (!this.#take("]")) this.#fail("must close its list");
    return items;
  }

  #string(): string {
    const end = this.#endOfString();
    const literal = this.#bytes.toString("utf8", this.#at, end);
    try {
      // The slice starts and ends with a quote and holds no other bare quote: JSON.parse sees one string or fails.
      const text = JSON.parse(literal) as string;
      this.#at = end;
      return text;
    } catch {
      return this.#fail("must hold no broken string");
    }
  }

  #secret(): Sensitive {
    const end = this.#endOfString();
    const secret = unescapeSecret(this.#bytes.subarray(this.#at + 1, end - 1));
    if (secret === undefined) return this.#fail("must hold no broken string");
    this.#secrets.push(secret);
    this.#at = end;
    return secret;
  }

  #endOfString(): number {
    if (this.#bytes[this.#at] !== QUOTE) this.#fail("must have a quoted name or value here");
    for (let quote = this.#at; ;) {
      quote = this.#bytes.indexOf(QUOTE, quote + 1);
      if (quote === -1) return this.#fail("must close its string");
      if (!this.#isEscaped(quote)) return quote + 1;
    }
  }

  /** A quote behind an odd number of backslashes; the opening quote ends the count. */
  #isEscaped(quote: number): boolean {
    let first = quote;
    while (this.#bytes[first - 1] === BACKSLASH) first -= 1;
    return (quote - first) % 2 === 1;
  }

  #nullOrNumber(): null | number {
    if (this.#word("null")) return null;
    NUMBER.lastIndex = 0;
    const found = NUMBER.exec(this.#bytes.toString("latin1", this.#at, this.#at + LONGEST_NUMBER));
    const number = Number(found?.[0]);
    if (found === null || found[0].length === LONGEST_NUMBER || !Number.isFinite(number)) {
      return this.#fail("must have a value here");
    }
    this.#at += found[0].length;
    return number;
  }

  #word(word: string): boolean {
    if (this.#bytes[this.#at] !== word.charCodeAt(0)) return false;
    if (this.#bytes.toString("latin1", this.#at, this.#at + word.length) !== word) return false;
    this.#at += word.length;
    return true;
  }

  #take(character: string): boolean {
    this.#skipSpace();
    if (this.#bytes[this.#at] !== character.charCodeAt(0)) return false;
    this.#at += 1;
    return true;
  }

  #deeper(depth: number): number {
    if (depth === this.#maxDepth) this.#fail(`must not nest deeper than ${this.#maxDepth} levels`);
    return depth + 1;
  }

  #skipSpace(): void {
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return;
      this.#at += 1;
    }
  }

  #fail(rule: string): never {
    throw new ParseError(`byte ${this.#at}`, rule);
  }
}
