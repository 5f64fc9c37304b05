// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { commandTable } from "../../cli/commandTable.ts";
import { renderCommandPage } from "../../scripts/manPage.ts";
import { renderManual } from "../../scripts/manual.ts";

const folder = join(import.meta.dirname, "../../man");

describe("the man pages", () => {
  it("are those of claws and of each of its commands", async () => {
    const names = commandTable.map(({ name }) => `claws-${name.replaceAll(" ", "-")}.1`);
    expect((await readdir(folder)).sort()).toEqual(["claws.1", ...names].sort());
  });

  it("are in step with the help: npm run man", async () => {
    for (const [file, text] of await renderManual()) expect(await readFile(join(folder, file), "utf8")).toBe(text);
  });

  it.each([
    ["mandoc", (file: string) => ["mandoc", "-Tlint", "-Wwarning", file]],
    ["groff", (file: string) => ["groff", "-man", "-ww", "-z", file]],
  ])("give %s nothing to complain about", async (_, argv) => {
    for (const file of await readdir(folder)) {
      const [program = "", ...words] = argv(join(folder, file));
      const { status, stdout, stderr, error } = spawnSync(program, words, { encoding: "utf8" });
      // Where a machine lacks the program, the other one or another machine reads them.
      expect({ file, said: error === undefined ? `${status}${stdout}${stderr}` : "0" }).toEqual({ file, said: "0" });
    }
  });

  it("say for a command what its help says, and nothing of it is taken for roff", () => {
    const page = renderCommandPage({
      name: "test it",
      command: {
        summary: "does 'this' with C:\\temp and 10 €",
        description: ".SH is no heading here; ~ and ^ and `ticks` stay",
        argument: { name: "agent", summary: "the agent", optional: true },
        rest: { name: "command", summary: "a program" },
        options: { only: { kind: "list", value: "NAME", summary: "only this", required: true } },
        examples: ["claws test it -- ls -la", ".hidden"],
        handler: () => Promise.resolve(undefined),
      },
    });
    expect(page).toBe(
      [
        '.\\" Made by scripts/renderManPages.ts from the help of claws.',
        '.TH CLAWS\\-TEST\\-IT 1 "2026-11-23" "Office Claws 0.1.0" "Office Claws"',
        ".SH NAME",
        "claws\\-test\\-it \\- does \\(aqthis\\(aq with C:\\(rstemp and 10 \\[u20AC]",
        ".SH SYNOPSIS",
        ".nh",
        ".B claws test it",
        "[AGENT] \\-\\-only NAME [OPTIONS] \\-\\- COMMAND...",
        ".hy",
        ".SH DESCRIPTION",
        "Does \\(aqthis\\(aq with C:\\(rstemp and 10 \\[u20AC].",
        ".PP",
        "\\&.SH is no heading here; \\(ti and \\(ha and \\(gaticks\\(ga stay",
        ".SH ARGUMENTS",
        ".TP",
        "\\fIAGENT\\fR",
        "The agent.",
        ".TP",
        "\\-\\- \\fICOMMAND\\fR...",
        "A program.",
        ".SH OPTIONS",
        ".TP",
        "\\fB\\-\\-only\\fR \\fINAME\\fR",
        "Only this (may be repeated, required).",
        ".TP",
        "\\fB\\-\\-quiet\\fR",
        "Say nothing but data, errors and questions.",
        ".TP",
        "\\fB\\-\\-no\\-color\\fR",
        "No colour, as with NO_COLOR=1.",
        ".TP",
        "\\fB\\-\\-help\\fR",
        "Show the help.",
        ".SH EXIT STATUS",
        ".TP",
        "0",
        "Done.",
        ".TP",
        "1",
        "Failed; the text says how far it came.",
        ".TP",
        "2",
        "Wrong use or configuration; nothing was changed.",
        ".TP",
        "3",
        "Done for some agents, not for others; a table says which.",
        ".TP",
        "4",
        "Refused by policy.",
        ".TP",
        "130",
        "Interrupted.",
        ".SH EXAMPLES",
        ".nf",
        "claws test it \\-\\- ls \\-la",
        "\\&.hidden",
        ".fi",
        ".SH SEE ALSO",
        ".BR claws (1)",
        "",
      ].join("\n"),
    );
  });
});
