// SPDX-License-Identifier: Apache-2.0
import { widthOf } from "./textWidth.ts";

/**
 * Breaks lines that are longer than the terminal at their spaces, never inside a word, so that an address stays one. What follows on
 * the next line is indented.
 */
export function wrapTalk(text: string, columns: number): string {
  if (columns < 20) return text;
  return text
    .split("\n")
    .flatMap((line) => (widthOf(line) <= columns ? [line] : wrapLine(line, columns)))
    .join("\n");
}

function wrapLine(line: string, columns: number): readonly string[] {
  const rest = line.trimStart();
  const start = line.slice(0, line.length - rest.length);
  const lines: string[] = [];
  let current = start;
  for (const word of rest.split(" ")) {
    const longer = current === start && lines.length === 0 ? current + word : `${current} ${word}`;
    if (widthOf(longer) <= columns || current.trim() === "") current = longer;
    else {
      lines.push(current);
      current = `${start}${INDENT}${word}`;
    }
  }
  return [...lines, current];
}

const INDENT = "  ";
