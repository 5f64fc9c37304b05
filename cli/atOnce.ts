// SPDX-License-Identifier: Apache-2.0

/** Agents that are talked to at the same time: so many connections any system lets a process have, and hardly anybody has more agents. */
export const AGENTS_AT_ONCE = 128;

/** Does work for every item, for at most `limit` of them at the same time. Results are in the order of the items. */
export async function atOnce<Item, Result>(
  limit: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const waiting = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
