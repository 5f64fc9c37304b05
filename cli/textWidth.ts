// SPDX-License-Identifier: Apache-2.0
import { withoutStyle } from "./textStyle.ts";

const NARROW = /^[\u0020-\u007e]*$/;
const JOINED = /[\p{Mn}\p{Me}\p{Cf}]/u;
/** East Asian wide and full-width characters, and what is drawn as a picture. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** How many columns of a terminal a text takes; its colours take none. */
export function widthOf(text: string): number {
  const plain = withoutStyle(text);
  if (NARROW.test(plain)) return plain.length;
  return Array.from(plain).reduce((width, character) => width + characterWidth(character), 0);
}

/** The text, cut where it would not fit. */
export function cutTo(text: string, columns: number, sign = "…"): string {
  if (widthOf(text) <= columns) return text;
  let cut = "";
  let width = 0;
  for (const character of withoutStyle(text)) {
    width += characterWidth(character);
    if (width > columns - 1) break;
    cut += character;
  }
  return columns < 1 ? "" : cut + sign;
}

/** The text with spaces after it up to a width. */
export function padTo(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - widthOf(text)));
}

function characterWidth(character: string): number {
  if (NARROW.test(character)) return 1;
  return JOINED.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
}
