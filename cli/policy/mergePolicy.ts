// SPDX-License-Identifier: Apache-2.0
import { UserError } from "../errors.ts";
import { HujsonError, parseHujson, plainValue, type HujsonList, type HujsonNode, type HujsonObject } from "./hujson.ts";
import { applyInsertions, insertItems, renderItem, type Insertion } from "./hujsonInsert.ts";

/** What a merge gives. */
export interface MergedPolicy {
  /** The new text; the same as before when nothing was missing. */
  readonly text: string;
  /** What was missing, in words: `grants: an entry {"src":…}`. */
  readonly missing: readonly string[];
}

/**
 * Adds to a policy what it lacks of ours, section by section, whatever sections there are. Whatever else it holds stays as it is,
 * comments included: objects get members, lists get items, and no value is ever replaced.
 *
 * @throws UserError when the text is no policy, or says something else where ours must stand.
 */
export function mergePolicy(text: string, ours: Readonly<Record<string, unknown>>): MergedPolicy {
  const root = parsePolicy(text);
  const merge = new Merge(text);
  merge.object(root, ours, "");
  const ends = /\r\n/.test(text) ? "\r\n" : "\n";
  const insertions = merge.insertions.map(({ at, text: added }) => ({ at, text: added.replaceAll("\n", ends) }));
  return { text: applyInsertions(text, insertions), missing: merge.missing };
}

/** Reads a policy. @throws UserError when it is none */
export function parsePolicy(text: string): HujsonObject {
  try {
    const root = parseHujson(text);
    if (root.kind === "object") return root;
    throw new UserError("the tailnet's policy is no object");
  } catch (error) {
    if (error instanceof HujsonError) throw new UserError(`cannot read the tailnet's policy: ${error.message}`);
    throw error;
  }
}

class Merge {
  readonly #text: string;
  readonly insertions: Insertion[] = [];
  readonly missing: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  object(node: HujsonObject, ours: Readonly<Record<string, unknown>>, path: string): void {
    const added: string[] = [];
    for (const [name, value] of Object.entries(ours)) {
      const place = path === "" ? name : `${path}["${name}"]`;
      const there = node.members.findLast((member) => sameName(member.name, name, path))?.value;
      if (there !== undefined) {
        this.#value(there, value, place);
        continue;
      }
      if (isEmpty(value)) continue;
      added.push(renderItem(this.#text, value, name));
      this.missing.push(...describe(value, place));
    }
    this.insertions.push(...insertItems(this.#text, node, added));
  }

  #value(node: HujsonNode, ours: unknown, place: string): void {
    if (node.kind === "list" && Array.isArray(ours)) this.#list(node, ours, place);
    else if (node.kind === "object" && isObject(ours)) this.object(node, ours, place);
    else if (canonical(plainValue(node)) !== canonical(ours))
      throw new UserError(`the tailnet's policy has something else at ${place}, and claws replaces nothing`, [
        "change it by hand: claws tailnet policy show prints what is needed",
      ]);
  }

  #list(node: HujsonList, ours: readonly unknown[], place: string): void {
    const there = new Set(node.items.map((item) => canonical(plainValue(item))));
    const lacking = ours.filter((item) => !there.has(canonical(item)));
    this.missing.push(...lacking.map((item) => `${place}: ${oneLine(item)}`));
    this.insertions.push(
      ...insertItems(
        this.#text,
        node,
        lacking.map((item) => renderItem(this.#text, item)),
      ),
    );
  }
}

/** Tailscale takes the names of sections in any case, as Go does. */
function sameName(there: string, ours: string, path: string): boolean {
  return there === ours || (path === "" && there.toLowerCase() === ours.toLowerCase());
}

/** One text for all ways to say the same: the order of members, and of items in a list, means nothing in a policy. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
  return `{${members.sort().join()}}`;
}

function describe(value: unknown, place: string): readonly string[] {
  return Array.isArray(value) ? value.map((item) => `${place}: ${oneLine(item)}`) : [`${place}: ${oneLine(value)}`];
}

function oneLine(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
