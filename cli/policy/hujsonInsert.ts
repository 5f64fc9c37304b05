// SPDX-License-Identifier: Apache-2.0
import type { HujsonList, HujsonObject } from "./hujson.ts";

/** Text to be put in at a place. */
export interface Insertion {
  readonly at: number;
  readonly text: string;
}

/**
 * Puts items (`value`, or `"name": value`) behind the last one of a list or object, on lines of their own unless all of it fits the one. Nothing that stands there is
 * moved or changed: at most the last item gets the comma that it lacks.
 */
export function insertItems(
  text: string,
  node: HujsonList | HujsonObject,
  items: readonly string[],
): readonly Insertion[] {
  if (items.length === 0) return [];
  const unit = /^(\t| {2,8})\S/m.exec(text)?.[1] ?? "\t";
  const outer = indentAt(text, node.start);
  const last = node.kind === "list" ? node.items.at(-1) : node.members.at(-1)?.value;
  const whole = text.slice(node.start, node.end);
  if (last !== undefined && ![whole, ...items].some((one) => one.includes("\n")))
    return [{ at: last.end, text: items.map((item) => `, ${item}`).join("") }];
  const close = node.end - 1;
  const at = lastCharacterBefore(text, close, last?.end ?? node.start + 1);
  const lines = items.map(
    (item) =>
      `\n${outer}${unit}${item.replaceAll("\n", `\n${outer}${unit}`).replaceAll("\n" + outer + unit + "\n", "\n\n")}`,
  );
  const block = lines.join(",") + (node.trailingComma || last === undefined ? "," : "");
  const isOpen = text.slice(at, close).includes("\n");
  const comma = last === undefined || node.trailingComma ? [] : [{ at: last.end, text: "," }];
  return [...comma, { at, text: isOpen ? block : `${block}\n${outer}` }];
}

/** Renders a value as an item, with the text's own way to indent. */
export function renderItem(text: string, value: unknown, name?: string): string {
  const unit = /^(\t| {2,8})\S/m.exec(text)?.[1] ?? "\t";
  const json = JSON.stringify(value, undefined, unit).replaceAll(
    /\[\s+("[^"\n]*"(?:,\s+"[^"\n]*")*)\s+\]/g,
    (_, words: string) => (words.length > 80 ? _ : `[${words.replaceAll(/,\s+/g, ", ")}]`),
  );
  return name === undefined ? json : `${JSON.stringify(name)}: ${json}`;
}

/** Makes all insertions; those at one place in their order. */
export function applyInsertions(text: string, insertions: readonly Insertion[]): string {
  return [...insertions]
    .map((insertion, index) => ({ ...insertion, index }))
    .sort((a, b) => b.at - a.at || b.index - a.index)
    .reduce((before, { at, text: added }) => before.slice(0, at) + added + before.slice(at), text);
}

function indentAt(text: string, place: number): string {
  const line = text.slice(text.lastIndexOf("\n", place - 1) + 1, place);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

/** Behind the last comment or comma before the closing bracket; a line comment keeps its line. */
function lastCharacterBefore(text: string, close: number, from: number): number {
  return from + text.slice(from, close).trimEnd().length;
}
