// SPDX-License-Identifier: Apache-2.0
import type { Provider, UsageFormat } from "../broker/provider.ts";

/** Lines of docs/providers.md between which this text stands. */
export const marks = { begin: "<!-- begin: generated -->", end: "<!-- end: generated -->" } as const;

const usageWords: Readonly<Record<UsageFormat, string>> = {
  anthropic: "`usage` of Messages",
  openai: "`usage`; streams of chat completions only with `stream_options.include_usage`",
  gemini: "`usageMetadata`",
  none: "not told",
};

/** The document with its generated part made from the table. @throws Error when a mark is missing or stands twice */
export function renderDocument(document: string, providers: readonly Provider[]): string {
  const [head, rest, ...more] = document.split(`${marks.begin}\n`);
  const [, tail, ...others] = rest?.split(marks.end) ?? [];
  if (head === undefined || tail === undefined || more.length + others.length > 0)
    throw new Error("cannot place the providers: the document must have each of the two marks once");
  return `${head}${marks.begin}\n\n${renderProviders(providers)}\n${marks.end}${tail}`;
}

function renderProviders(providers: readonly Provider[]): string {
  const rows = providers.map(({ id, origin, auth, usage }) => [
    `\`${id}\``,
    `\`${origin.replace("https://", "")}\``,
    auth === null ? "" : `\`${auth.header}: ${auth.prefix}…\``,
    usageWords[usage],
  ]);
  const table = renderTable([["ID", "Host", "The key goes into", "Tokens are read from"], ...rows]);
  return [table, ...providers.map(renderProvider)].join("\n");
}

function renderProvider({ id, endpoints, probe, clients }: Provider): string {
  const allowed = endpoints.map(({ method, path }) => `- \`${method} ${path}\``);
  const recipes = clients.flatMap(({ client, settings }) => [
    `${client}:`,
    "",
    "```",
    ...settings.map(fill),
    "```",
    "",
  ]);
  return [`### ${id}`, "", ...allowed, "", ...(probe === undefined ? [] : [renderProbe(probe), ""]), ...recipes].join(
    "\n",
  );
}

function renderProbe({ method, path, live, invalid }: NonNullable<Provider["probe"]>): string {
  return `A key is checked by \`${method} ${path}\`: ${live.join(", ")} is live, ${invalid.join(" or ")} invalid.`;
}

function fill(line: string): string {
  return line.replaceAll("{origin}", "http://127.0.0.1:7441").replaceAll("{token}", "<placeholder>");
}

/** A table with its columns aligned, as the formatter of this repository wants it. */
function renderTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |\n`;
  const [head = [], ...body] = rows;
  return line(head) + line(widths.map((width) => "-".repeat(width))) + body.map(line).join("");
}
