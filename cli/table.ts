// SPDX-License-Identifier: Apache-2.0
import { withoutStyle } from "./textStyle.ts";

/**
 * Renders rows under headings in columns, two spaces between them, nothing after the last. A line break in a cell becomes a space: a name
 * from elsewhere must not make a row of its own.
 */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows].map((line) => line.map((cell) => cell.replace(/[\r\n\t\u2028\u2029]+/g, " ")));
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => withoutStyle(line[column] ?? "").length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - withoutStyle(cell).length))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
