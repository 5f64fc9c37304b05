// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { anthropic } from "../../broker/providers/anthropic.ts";
import { PROVIDERS } from "../../broker/providerTable.ts";
import { marks, renderDocument } from "../../scripts/providerDocument.ts";

const empty = `before\n${marks.begin}\n${marks.end}\nafter\n`;

describe("docs/providers.md", () => {
  it("says what the table says: run `node scripts/renderProviders.ts` after a change", async () => {
    const committed = await readFile(join(import.meta.dirname, "../../docs/providers.md"), "utf8");
    expect(renderDocument(committed, PROVIDERS)).toBe(committed);
  });
});

describe("renderDocument", () => {
  it("replaces what stands between the marks and nothing else", () => {
    const once = renderDocument(empty, [anthropic]);
    expect(once.startsWith(`before\n${marks.begin}\n\n| ID `)).toBe(true);
    expect(once.endsWith(`\n${marks.end}\nafter\n`)).toBe(true);
    expect(renderDocument(once, [anthropic])).toBe(once);
    expect(renderDocument(once, PROVIDERS)).toBe(renderDocument(empty, PROVIDERS));
  });

  it("names every endpoint, probe and recipe, with the broker's address", () => {
    const text = renderDocument(empty, PROVIDERS);
    for (const { id, endpoints, probe, clients } of PROVIDERS) {
      expect(text).toContain(`### ${id}\n`);
      for (const { method, path } of endpoints) expect(text).toContain(`- \`${method} ${path}\`\n`);
      expect(text).toContain(`\`${probe?.method ?? ""} ${probe?.path ?? ""}\``);
      for (const { client } of clients) expect(text).toContain(`${client}:\n`);
    }
    expect(text).toContain("ANTHROPIC_BASE_URL=http://127.0.0.1:7441/anthropic\n");
    expect(text).not.toMatch(/\{origin\}|\{token\}/);
  });

  it.each([
    ["no mark", "text"],
    ["no end", `${marks.begin}\n`],
    ["no begin", marks.end],
    ["marks that stand twice", empty + empty],
    ["an end that stands twice", `${empty}${marks.end}`],
  ])("refuses a document with %s", (_name, document) => {
    expect(() => renderDocument(document, PROVIDERS)).toThrow("must have each of the two marks once");
  });
});
