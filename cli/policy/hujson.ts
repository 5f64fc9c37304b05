// SPDX-License-Identifier: Apache-2.0

/** A value of a HuJSON text (JSON with comments and trailing commas) and where it stands: `text.slice(start, end)`. */
export type HujsonNode = HujsonObject | HujsonList | HujsonScalar;

interface Placed {
  readonly start: number;
  readonly end: number;
}

/** An object; its members in their order. */
export interface HujsonObject extends Placed {
  readonly kind: "object";
  readonly members: readonly { readonly name: string; readonly value: HujsonNode }[];
  /** A comma stands behind the last member. */
  readonly trailingComma: boolean;
}

/** A list. */
export interface HujsonList extends Placed {
  readonly kind: "list";
  readonly items: readonly HujsonNode[];
  /** A comma stands behind the last item. */
  readonly trailingComma: boolean;
}

/** Text, number, true, false or null. */
export interface HujsonScalar extends Placed {
  readonly kind: "scalar";
  readonly value: unknown;
}

/** A text that is not HuJSON. The message says where, in lines. */
export class HujsonError extends Error {}

const SPACE = /(?:\s+|\/\/[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/y;
const SCALAR = /"(?:[^"\\\n]|\\.)*"|true|false|null|-?\d[\d.eE+-]*/y;
const DEEPEST = 100;

/** Reads a text. @throws HujsonError */
export function parseHujson(text: string): HujsonNode {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

/** The plain value of a node. A member that comes twice counts as the last one does for JSON.parse. */
export function plainValue(node: HujsonNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(plainValue);
  return Object.fromEntries(node.members.map(({ name, value }) => [name, plainValue(value)]));
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): HujsonNode {
    this.#skip();
    if (depth > DEEPEST) throw this.#error("it is nested too deeply");
    if (this.#text[this.#at] === "{") return this.#object(depth);
    if (this.#text[this.#at] === "[") return this.#list(depth);
    return this.#scalar();
  }

  end(): void {
    this.#skip();
    if (this.#at < this.#text.length) throw this.#error("it goes on after its end");
  }

  #object(depth: number): HujsonObject {
    const members: { name: string; value: HujsonNode }[] = [];
    const placed = this.#separated("}", () => {
      const name = this.#scalar().value;
      if (typeof name !== "string") throw this.#error("a member has no name");
      if (!this.#take(":")) throw this.#error("a colon is missing");
      members.push({ name, value: this.value(depth + 1) });
    });
    return { kind: "object", members, ...placed };
  }

  #list(depth: number): HujsonList {
    const items: HujsonNode[] = [];
    const placed = this.#separated("]", () => items.push(this.value(depth + 1)));
    return { kind: "list", items, ...placed };
  }

  #separated(close: string, readOne: () => unknown): Placed & { readonly trailingComma: boolean } {
    const start = this.#at;
    this.#at += 1;
    let trailingComma = false;
    for (let isFirst = true; !this.#take(close); isFirst = false) {
      if (!isFirst && !trailingComma) throw this.#error("a comma is missing");
      readOne();
      trailingComma = this.#take(",");
    }
    return { start, end: this.#at, trailingComma };
  }

  #scalar(): HujsonScalar {
    this.#skip();
    const start = this.#at;
    SCALAR.lastIndex = start;
    const [word] = SCALAR.exec(this.#text) ?? [];
    if (word === undefined) throw this.#error("a value is missing");
    try {
      const value: unknown = JSON.parse(word);
      this.#at += word.length;
      return { kind: "scalar", value, start, end: this.#at };
    } catch {
      throw this.#error("a value is malformed");
    }
  }

  #take(character: string): boolean {
    this.#skip();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skip(): void {
    SPACE.lastIndex = this.#at;
    this.#at += SPACE.exec(this.#text)?.[0].length ?? 0;
  }

  #error(what: string): HujsonError {
    return new HujsonError(`line ${this.#text.slice(0, this.#at).split("\n").length}: ${what}`);
  }
}
