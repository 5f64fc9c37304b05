// SPDX-License-Identifier: Apache-2.0

/**
 * Does work that waits in vain for as many milliseconds as it is given. Where the machine was too slow for what must happen
 * before the wait, the limit ended that instead: then the work is done again with ten times the limit, and at last with
 * 50 s. A short limit so costs a quick machine little, and fails no test on a slow one.
 */
export async function withGrowingLimit<T>(
  work: (milliseconds: number) => Promise<T>,
  isTooShort: (result: T) => boolean,
  first = 50,
): Promise<{ readonly result: T; readonly milliseconds: number }> {
  const result = await work(first);
  if (first >= 50_000 || !isTooShort(result)) return { result, milliseconds: first };
  return withGrowingLimit(work, isTooShort, first * 10);
}
