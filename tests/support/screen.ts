// SPDX-License-Identifier: Apache-2.0
import headless from "@xterm/headless";

/** What a terminal shows: a real emulator without a window. */
export interface Screen {
  /** Writes bytes as a program does. */
  readonly write: (text: string) => Promise<void>;
  readonly resize: (columns: number, rows: number) => void;
  /** All lines from the first that was ever written, without empty ones at the end. */
  readonly lines: () => readonly string[];
}

/** Makes a terminal of this size. A line feed also returns the carriage, as the system's line discipline does. */
export function makeScreen(columns = 80, rows = 24): Screen {
  const terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
  return {
    write: async (text) => await new Promise((resolve) => terminal.write(text, resolve)),
    resize: (newColumns, newRows) => terminal.resize(newColumns, newRows),
    lines: () => {
      const { active } = terminal.buffer;
      const all = Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? "");
      const last = all.findLastIndex((line) => line !== "");
      return all.slice(0, last + 1);
    },
  };
}
