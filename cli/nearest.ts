// SPDX-License-Identifier: Apache-2.0

/** The candidate with the fewest edits from `word`, when that is near enough to be a typo; else undefined. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  return nearestLine(
    [word],
    candidates.map((candidate) => [candidate]),
  )?.[0];
}

/** The same for several words, of which each must be near enough; candidates may have fewer words, and those that have most win a tie. */
export function nearestLine(
  words: readonly string[],
  candidates: readonly (readonly string[])[],
): readonly string[] | undefined {
  const ranked = candidates
    .filter(
      (candidate) => candidate.length <= words.length && candidate.every((one, at) => isTypo(words[at] ?? "", one)),
    )
    .map((candidate) => ({
      candidate,
      edits: candidate.reduce((sum, one, at) => sum + editDistance(words[at] ?? "", one), 0),
    }))
    .sort((a, b) => a.edits - b.edits || b.candidate.length - a.candidate.length);
  return ranked[0]?.candidate;
}

function isTypo(word: string, candidate: string): boolean {
  return editDistance(word, candidate) <= Math.max(1, Math.floor(candidate.length * 0.4));
}

/** Inserted, deleted and replaced characters, and neighbours that changed places. */
function editDistance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0;
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= to.length; column++) {
      const replaced = at(row - 1, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const isSwap = row > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const swapped = isSwap ? at(row - 2, column - 2) + 1 : Infinity;
      current.push(Math.min(replaced, swapped, at(row - 1, column) + 1, at(row, column - 1) + 1));
    }
  }
  return at(from.length, to.length);
}
