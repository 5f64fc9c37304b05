// SPDX-License-Identifier: Apache-2.0

/** The middle of the values; of an even count, the mean of the two in the middle. @throws {Error} if there are none. */
export function median(values: readonly number[]): number {
  return (percentile(values, 0.5, Math.floor) + percentile(values, 0.5, Math.ceil)) / 2;
}

/** The value below which a share of the values lies (nearest rank). @throws {Error} if there are none. */
export function percentile(
  values: readonly number[],
  share: number,
  round: (rank: number) => number = Math.ceil,
): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.max(0, round(share * (sorted.length - 1))))];
  if (value === undefined) throw new Error("cannot take a percentile of no values");
  return value;
}

/**
 * Measures several things in turn, round by round, so that whatever slows the machine down slows all of them down.
 * @returns for each name the figures of all rounds but the first, which warms the caches
 */
export async function inRounds<Name extends string>(
  rounds: number,
  measures: Readonly<Record<Name, () => Promise<number> | number>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(measures) as Name[];
  const figures = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of names) {
      const figure = await measures[name]();
      if (round > 0) figures[name].push(figure);
    }
  }
  return figures;
}
