// SPDX-License-Identifier: Apache-2.0

/** The groups of the help's list, in its order: a heading, and the first words of the commands under it. */
const GROUPS: readonly (readonly [string, readonly string[]])[] = [
  ["stack", ["init", "preview", "up", "refresh", "destroy"]],
  ["agents", ["status", "watch", "ssh", "logs", "open", "cost", "audit"]],
  ["keys of the agents", ["keys", "broker", "operator"]],
  ["vault", ["vault", "env"]],
  ["tailnet and images", ["tailnet", "image"]],
  ["this machine", ["doctor", "lab", "completion", "version"]],
];

/** A row of the list: a command, or all commands with the same first two words. */
export type ListRow = readonly [name: string, summary: string];

/** Rows under their headings; each group's in the order of the words above. What no group names comes last. */
export function grouped(
  entries: readonly { readonly name: string; readonly summary: string }[],
): ReadonlyMap<string, readonly ListRow[]> {
  const first = (name: string): string => name.split(" ", 1)[0] ?? "";
  const named = GROUPS.flatMap(([, words]) => words);
  const rest = [...new Set(entries.map(({ name }) => first(name)).filter((word) => !named.includes(word)))];
  const rows = [...GROUPS, ["others", rest] as const].map(
    ([title, words]) =>
      [title, words.flatMap((word) => folded(entries.filter(({ name }) => first(name) === word)))] as const,
  );
  return new Map(rows.filter(([, all]) => all.length > 0));
}

/** `vault recipients add` and its like share a row: the list is for finding, and their noun has a list of its own. */
export function folded(entries: readonly { readonly name: string; readonly summary: string }[]): readonly ListRow[] {
  const rows = new Map<string, string[]>();
  for (const { name, summary } of entries) {
    const words = name.split(" ");
    if (words.length < 3) rows.set(name, [summary]);
    else {
      const noun = words.slice(0, 2).join(" ");
      rows.set(`${noun} ...`, [...(rows.get(`${noun} ...`) ?? []), words.slice(2).join(" ")]);
    }
  }
  return [...rows].map(([name, said]) => [name, said.join(", ")]);
}
