// SPDX-License-Identifier: Apache-2.0

/** One line of the table: a figure of ours beside a figure of somebody else's, measured in the same run. */
export interface Result {
  /** Row of the goals. */
  readonly row: number;
  readonly what: string;
  /** Our figure with its unit. */
  readonly ours: string;
  /** The peer's or limit's figure with its unit, and whose it is. */
  readonly peer: string;
  /** Ours over the peer's. */
  readonly ratio: number | null;
  /** The goal in words, for example `<= 1.5x`. */
  readonly goal: string;
  readonly met: boolean;
}

/** How thoroughly to measure. */
export interface BenchOptions {
  /** Fewer rounds, for CI: the figures are rougher, the rows are the same. */
  readonly short: boolean;
  readonly onProgress: (line: string) => void;
}

/** A benchmark: measures, and never fails because a figure is bad. */
export type Benchmark = (options: BenchOptions) => Promise<readonly Result[]>;

/** A whole process or its start, in milliseconds. */
export interface ProcessFigures {
  readonly row: number;
  readonly what: string;
  readonly ours: number;
  readonly bareNode: number;
  /** Greatest ratio that meets the goal. */
  readonly goal: number;
}

/** The line that puts a process of ours beside a Node that does nothing. */
export function besideBareNode({ row, what, ours, bareNode, goal }: ProcessFigures): Result {
  const ratio = ours / bareNode;
  return {
    row,
    what,
    ours: `${ours.toFixed(0)} ms`,
    peer: `${bareNode.toFixed(0)} ms bare Node`,
    ratio,
    goal: `<= ${goal}x`,
    met: ratio <= goal,
  };
}

/** Renders results as a table that fits 100 columns. */
export function renderTable(results: readonly Result[]): string {
  const rows = results.map(({ row, what, ours, peer, ratio, goal, met }) => [
    String(row),
    what,
    ours,
    peer,
    ratio === null ? "-" : `${ratio.toFixed(2)}x`,
    goal,
    met ? "met" : "not met",
  ]);
  const table = [["row", "what", "ours", "beside", "ratio", "goal", ""], ...rows];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)));
  const lines = table.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return lines.join("\n");
}
