// SPDX-License-Identifier: Apache-2.0
import { renderTable } from "./table.ts";
import { withoutStyle } from "./textStyle.ts";

/** A column of a table that may be folded. */
export interface Column {
  readonly heading: string;
  /** A cell for each row. */
  readonly cells: readonly string[];
}

/**
 * Renders columns within a width: those that no longer fit beside the others go on in a further table below, which begins with the first
 * column again. Nothing is cut and no line is wrapped, but for a table of two columns that are wider than the width.
 */
export function foldTable(columns: readonly Column[], width: number): string {
  const [first, ...others] = columns;
  if (first === undefined) return "";
  const blocks: Column[][] = [];
  let left = 0;
  for (const column of others) {
    const needed = widthOf(column) + 2;
    if (blocks.length === 0 || needed > left) {
      blocks.push([first]);
      left = width - widthOf(first);
    }
    blocks.at(-1)?.push(column);
    left -= needed;
  }
  return blocks.map(renderBlock).join("\n\n");
}

function renderBlock(columns: readonly Column[]): string {
  const rows = (columns[0]?.cells ?? []).map((_, row) => columns.map(({ cells }) => cells[row] ?? ""));
  return renderTable(
    columns.map(({ heading }) => heading),
    rows,
  );
}

function widthOf({ heading, cells }: Column): number {
  return Math.max(heading.length, ...cells.map((cell) => withoutStyle(cell).length));
}
