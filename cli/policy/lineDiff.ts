// SPDX-License-Identifier: Apache-2.0

/** A line of a comparison: gone, new, or the same in both. */
export interface DiffLine {
  readonly kind: "-" | "+" | " ";
  readonly line: string;
}

const CONTEXT = 2;

/** Compares two texts line by line; what is the same is left out but for two lines around each change, with `...` in its place. */
export function lineDiff(before: string, after: string): readonly string[] {
  const lines = compare(before.split("\n"), after.split("\n"));
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ kind }) => kind !== " "),
  );
  return lines.flatMap(({ kind, line }, at) => {
    if (near[at] === true) return [`${kind} ${line}`.trimEnd()];
    return near[at + 1] === true ? ["..."] : [];
  });
}

/** By the longest common subsequence; what both texts start and end with is set aside first, so that the table stays small. */
function compare(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  let [start, end] = [0, 0];
  const shortest = Math.min(before.length, after.length);
  while (start < shortest && before[start] === after[start]) start += 1;
  while (end < shortest - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const same = (line: string): DiffLine => ({ kind: " ", line });
  return [
    ...before.slice(0, start).map(same),
    ...changesIn(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

/** Most cells of the table: 16 MB. */
const LARGEST_TABLE = 4_000_000;

function changesIn(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  return before.length * after.length <= LARGEST_TABLE ? changes(before, after) : plainChanges(before, after);
}

/** As good for lines that were only added, worse for others, and without a table: each old line is the next new one that equals it. */
function plainChanges(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  const last = new Map(after.map((line, at) => [line, at]));
  let next = 0;
  const lines = before.flatMap((line): readonly DiffLine[] => {
    if ((last.get(line) ?? -1) < next) return [{ kind: "-", line }];
    const at = after.indexOf(line, next);
    const added = after.slice(next, at).map((one): DiffLine => ({ kind: "+", line: one }));
    next = at + 1;
    return [...added, { kind: " ", line }];
  });
  return [...lines, ...after.slice(next).map((line): DiffLine => ({ kind: "+", line }))];
}

function changes(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  const common = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = before.length - 1; i >= 0; i -= 1)
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const row = lengths[i];
      if (row)
        row[j] = before[i] === after[j] ? common(i + 1, j + 1) + 1 : Math.max(common(i + 1, j), common(i, j + 1));
    }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old = "", fresh = ""] = [before[i], after[j]];
    if (i < before.length && j < after.length && old === fresh) lines.push({ kind: " ", line: old });
    else if (j === after.length || (i < before.length && common(i + 1, j) >= common(i, j + 1))) {
      lines.push({ kind: "-", line: old });
      i += 1;
      continue;
    } else {
      lines.push({ kind: "+", line: fresh });
      j += 1;
      continue;
    }
    i += 1;
    j += 1;
  }
  return lines;
}
