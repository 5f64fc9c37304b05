// SPDX-License-Identifier: Apache-2.0
import type { Terminal } from "../terminal.ts";
import { widthOf } from "../textWidth.ts";

/** Lines at the end of the terminal that are drawn again and again in the same place. */
export class Redraw {
  readonly #terminal: Pick<Terminal, "draw" | "size">;
  #drawn: readonly string[] = [];

  constructor(terminal: Pick<Terminal, "draw" | "size">) {
    this.#terminal = terminal;
  }

  /** Puts these lines where the last ones were: each is overwritten and its rest cleared, so that nothing flickers. */
  draw(lines: readonly string[]): void {
    const up = this.#rowsOf(this.#drawn);
    const text = lines.map((line) => `\r${line}${CLEAR_LINE}\n`).join("");
    this.#terminal.draw(`${BEGIN}${up === 0 ? "" : `\u001b[${up}A`}${text}${CLEAR_BELOW}${END}`);
    this.#drawn = lines;
  }

  /** A terminal that became narrower has broken the lines in several. */
  #rowsOf(lines: readonly string[]): number {
    const { columns } = this.#terminal.size;
    return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
  }
}

/** Terminals that know it show what stands between these two at once; others take no notice. */
const BEGIN = "\u001b[?2026h";
const END = "\u001b[?2026l";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";
