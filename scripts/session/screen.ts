// SPDX-License-Identifier: Apache-2.0
import headless from "@xterm/headless";

import type { Cast } from "./cast.ts";

/** Neighbouring characters that look the same. */
export interface Run {
  /** Column of the first character, from 0. */
  readonly column: number;
  /** Columns that it takes. */
  readonly width: number;
  readonly text: string;
  /** Number of the terminal's palette; absent for the default. */
  readonly colour?: number;
  readonly isBold?: true;
  readonly isDim?: true;
}

/** Lines of a screen, top to bottom. */
export type Screen = readonly (readonly Run[])[];

/** Plays a recording on a real terminal emulator, and gives all lines that are left at its end, those that scrolled away too. */
export async function playCast({ width, height, events }: Cast): Promise<Screen> {
  const terminal = new headless.Terminal({ cols: width, rows: height, scrollback: 10_000, allowProposedApi: true });
  for (const { text } of events) await new Promise<void>((resolve) => terminal.write(text, resolve));
  const buffer = terminal.buffer.active;
  const lines = Array.from({ length: buffer.length }, (_, index) => runsOf(buffer.getLine(index), width));
  terminal.dispose();
  return lines.slice(0, lines.findLastIndex((runs) => runs.length > 0) + 1);
}

type Line = ReturnType<headless.Terminal["buffer"]["active"]["getLine"]>;

function runsOf(line: Line, width: number): readonly Run[] {
  const runs: Run[] = [];
  for (let column = 0; column < width; column += 1) {
    const cell = line?.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const style = {
      ...(cell.isFgPalette() ? { colour: cell.getFgColor() } : {}),
      ...(cell.isBold() === 0 ? {} : { isBold: true as const }),
      ...(cell.isDim() === 0 ? {} : { isDim: true as const }),
    };
    const text = cell.getChars() === "" ? " " : cell.getChars();
    const last = runs.at(-1);
    const taken = cell.getWidth();
    if (last !== undefined && isSame(last, style))
      runs[runs.length - 1] = { ...last, text: last.text + text, width: last.width + taken };
    else runs.push({ column, width: taken, text, ...style });
  }
  return withoutTail(runs);
}

function isSame(a: Partial<Run>, b: Partial<Run>): boolean {
  return a.colour === b.colour && a.isBold === b.isBold && a.isDim === b.isDim;
}

/** Without the blanks that fill a line up to the terminal's edge. */
function withoutTail(runs: readonly Run[]): readonly Run[] {
  const last = runs.at(-1);
  if (last === undefined) return runs;
  const text = last.text.trimEnd();
  const width = last.width - (last.text.length - text.length);
  return text === "" ? withoutTail(runs.slice(0, -1)) : [...runs.slice(0, -1), { ...last, text, width }];
}
