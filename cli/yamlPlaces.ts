// SPDX-License-Identifier: Apache-2.0
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  parseAllDocuments,
  Parser,
  visit,
  type Alias,
  type Node,
} from "yaml";
import { wordsOf } from "./yamlErrors.ts";

/** A place in a text, both from 1 up. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a YAML text, and where; what stands there is never shown. */
export class YamlProblem extends Error {
  public readonly place: Place;

  constructor(message: string, place: Place) {
    super(message);
    this.name = "YamlProblem";
    this.place = place;
  }
}

/** One step into a document: a key of a map, or a position in a list. */
export type Step = string | number;

/** A YAML document of which one can ask where something stands. */
export interface YamlPlaces {
  /** The place of the deepest part of the path that is there; undefined when not even its first step is. */
  readonly placeOf: (path: readonly Step[]) => Place | undefined;
}

const DEEPEST = 32;
/** What all aliases together may stand for. */
const MOST_NODES = 20_000;

/**
 * Reads a text that holds one YAML document, a map.
 *
 * @throws YamlProblem for the first thing that is wrong, nesting, aliases that multiply and `__proto__` included
 */
export function readYamlPlaces(text: string): YamlPlaces {
  const lines = new LineCounter();
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  refuseDepth(text);
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const documents = Array.isArray(parsed) ? parsed : [];
  for (const { errors } of documents)
    for (const error of errors) throw new YamlProblem(wordsOf(error), at(error.pos[0]));
  const [first, second] = documents;
  if (second !== undefined) throw new YamlProblem("a second document begins here", at(second.range[0]));
  const root = first?.contents ?? null;
  if (!isMap(root))
    throw new YamlProblem("it must be a map, and begin like config:", at(root === null ? 0 : root.range[0]));
  refuseBombs(root, at);
  refuseNames(root, at);
  return {
    placeOf: (path) => {
      const offset = offsetOf(root, path);
      return offset === undefined ? undefined : at(offset);
    },
  };
}

/** The tree is built by recursion, so its depth is measured before, on the tokens. */
function refuseDepth(text: string): void {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    const tokens = parser.next(lexeme);
    // Whole documents come out at their end; only the depth on the way matters.
    while (tokens.next().done !== true);
    if (parser.stack.length > DEEPEST)
      throw new YamlProblem(`it is nested more than ${DEEPEST} levels deep`, placeAt(text, parser.offset));
  }
}

function placeAt(text: string, offset: number): Place {
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

function refuseBombs(root: Node, at: (offset: number) => Place): void {
  /** How many nodes an anchor stands for; undefined while its own node is looked at. */
  const anchors = new Map<string, number | undefined>();
  let total = 0;
  const sizeOfAlias = ({ source, range }: Alias): number => {
    const place = at(range?.[0] ?? 0);
    if (!anchors.has(source)) throw new YamlProblem("the alias has no anchor before it", place);
    const size = anchors.get(source);
    if (size === undefined) throw new YamlProblem("the alias stands for something that it is part of", place);
    total += size;
    if (total > MOST_NODES) throw new YamlProblem("its aliases stand for too much", place);
    return size;
  };
  const sizeOf = (node: unknown): number => {
    if (isAlias(node)) return sizeOfAlias(node);
    const anchor = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined;
    if (anchor !== undefined) anchors.set(anchor, undefined);
    const size = 1 + partsOf(node).reduce<number>((sum, part) => sum + sizeOf(part), 0);
    if (anchor !== undefined) anchors.set(anchor, size);
    return size;
  };
  sizeOf(root);
}

function partsOf(node: unknown): readonly unknown[] {
  if (isMap(node)) return node.items.flatMap(({ key, value }) => [key, value]);
  return isSeq(node) ? node.items : [];
}

/** The package's own look for names that stand twice takes quadratic time: minutes for a megabyte. */
function refuseNames(root: Node, at: (offset: number) => Place): void {
  visit(root, {
    Map: (_, { items }) => {
      const seen = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        const place = at(key.range?.[0] ?? 0);
        if (name === "__proto__") throw new YamlProblem("__proto__ is no name for a setting", place);
        if (seen.has(name)) throw new YamlProblem("this name stands in the map already", place);
        seen.add(name);
      }
    },
  });
}

function offsetOf(root: Node, path: readonly Step[]): number | undefined {
  let node: unknown = root;
  let offset: number | undefined;
  for (const step of path) {
    const found = stepInto(node, step);
    if (found === undefined) break;
    offset = found.offset ?? offset;
    node = found.node;
  }
  return offset;
}

/** A map is entered at its key, since a value may be missing; a list at its element. */
function stepInto(
  node: unknown,
  step: Step,
): { readonly node: unknown; readonly offset: number | undefined } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
    return pair === undefined ? undefined : { node: pair.value, offset: startOf(pair.key) };
  }
  if (!isSeq(node) || typeof step === "string" || node.items.length <= step) return undefined;
  return { node: node.items[step], offset: startOf(node.items[step]) };
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}
