// SPDX-License-Identifier: Apache-2.0
import { printable } from "./printable.ts";

/** How a word is set off. Each function leaves the text as it is where colour is not wanted: text must be clear without. */
export interface TextStyle {
  readonly ok: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly weak: (text: string) => string;
  readonly strong: (text: string) => string;
}

const RESET = "\u001b[0m";
// eslint-disable-next-line no-control-regex -- the escape character is what is looked for
const OWN_SEQUENCE = /(\u001b\[(?:0|1|2|31|32)m)/;

function set(code: number): (text: string) => string {
  return (text) => `\u001b[${code}m${text}${RESET}`;
}

export const coloured: TextStyle = { ok: set(32), bad: set(31), weak: set(2), strong: set(1) };

function same(text: string): string {
  return text;
}

export const uncoloured: TextStyle = { ok: same, bad: same, weak: same, strong: same };

/**
 * Text for a terminal with colour: of all control characters only the sequences of this module stay, and each line ends uncoloured.
 * Whoever answers with such a sequence can dim a word, no more.
 */
export function printableInColour(text: string): string {
  if (!OWN_SEQUENCE.test(text)) return printable(text);
  const line = (one: string): string =>
    one
      .split(OWN_SEQUENCE)
      .map((part, index) => (index % 2 === 1 ? part : printable(part)))
      .join("") + (OWN_SEQUENCE.test(one) && !one.endsWith(RESET) ? RESET : "");
  return text.split("\n").map(line).join("\n");
}

/** The text without the sequences of this module. */
export function withoutStyle(text: string): string {
  return text.includes("\u001b")
    ? text
        .split(OWN_SEQUENCE)
        .filter((_, index) => index % 2 === 0)
        .join("")
    : text;
}
