// SPDX-License-Identifier: Apache-2.0
import type { Command, OptionSpec } from "../cli/command.ts";
import { globalOptions } from "../cli/globalOptions.ts";
import { usageOf } from "../cli/help.ts";
import { VERSION } from "../protocol/constants.ts";

/** A command with all that its page says of it. */
export interface ManualEntry {
  readonly name: string;
  readonly command: Command;
}

/** Of the release. */
const DATE = "2026-11-23";

const EXIT_CODES: readonly (readonly [string, string])[] = [
  ["0", "Done."],
  ["1", "Failed; the text says how far it came."],
  ["2", "Wrong use or configuration; nothing was changed."],
  ["3", "Done for some agents, not for others; a table says which."],
  ["4", "Refused by policy."],
  ["130", "Interrupted."],
];

/** The name of a command's page: `claws-keys-set`. */
export function pageName(name: string): string {
  return `claws-${name.replaceAll(" ", "-")}`;
}

/** The page of one command, from the data of its help. */
export function renderCommandPage({ name, command }: ManualEntry): string {
  const { argument, rest, options, summary, description, examples } = command;
  const words = [
    ...(argument === undefined ? [] : tagged(italic(argument.name.toUpperCase()), sentence(argument.summary))),
    ...(rest === undefined ? [] : tagged(`\\-\\- ${italic(rest.name.toUpperCase())}...`, sentence(rest.summary))),
  ];
  return page(pageName(name), [
    ...nameSection(pageName(name), summary),
    ...section(
      "SYNOPSIS",
      ".nh",
      `.B ${plain(`claws ${name}`)}`,
      plain(usageOf(name, command).slice(`claws ${name} `.length)),
      ".hy",
    ),
    ...section(
      "DESCRIPTION",
      plain(sentence(summary)),
      ...(description === undefined ? [] : [".PP", plain(description)]),
    ),
    ...(words.length === 0 ? [] : section("ARGUMENTS", ...words)),
    ...section("OPTIONS", ...optionRows(options), ...optionRows({ ...globalOptions, help: HELP })),
    ...section("EXIT STATUS", ...EXIT_CODES.flatMap(([code, meaning]) => tagged(code, meaning))),
    ...section("EXAMPLES", ".nf", ...examples.map(plain), ".fi"),
    ...section("SEE ALSO", ".BR claws (1)"),
  ]);
}

/** The page of the program, which leads to those of the commands. */
export function renderProgramPage(entries: readonly ManualEntry[]): string {
  return page("claws", [
    ...nameSection("claws", "droplets for agents, reached over the tailnet, with keys that rest in an age vault"),
    ...section("SYNOPSIS", ".B claws", `${italic("COMMAND")} [${italic("OPTIONS")}]`),
    ...section(
      "DESCRIPTION",
      "One hardened droplet per agent, with no public port, a tailnet identity of its own, and provider keys that rest only in the owner's age vault.",
    ),
    ...section(
      "COMMANDS",
      ...entries.flatMap(({ name, command }) =>
        tagged(`.BR ${pageName(name).replaceAll("-", "\\-")} (1)`, sentence(command.summary)),
      ),
    ),
    ...section("OPTIONS", ...optionRows({ ...globalOptions, help: HELP })),
    ...section("EXIT STATUS", ...EXIT_CODES.flatMap(([code, meaning]) => tagged(code, meaning))),
  ]);
}

const HELP: OptionSpec = { kind: "flag", summary: "show the help" };

function page(name: string, lines: readonly string[]): string {
  const heading = `.TH ${name.toUpperCase().replaceAll("-", "\\-")} 1 "${DATE}" "Office Claws ${VERSION}" "Office Claws"`;
  return [`.\\" Made by scripts/renderManPages.ts from the help of claws.`, heading, ...lines, ""].join("\n");
}

function nameSection(name: string, summary: string): readonly string[] {
  return section("NAME", `${name.replaceAll("-", "\\-")} \\- ${plain(summary)}`);
}

function section(title: string, ...lines: readonly string[]): readonly string[] {
  return [`.SH ${title}`, ...lines];
}

function optionRows(options: Readonly<Record<string, OptionSpec>>): readonly string[] {
  return Object.entries(options).flatMap(([name, { kind, value, summary, required }]) => {
    const notes = [...(kind === "list" ? ["may be repeated"] : []), ...(required === true ? ["required"] : [])];
    const word = kind === "flag" ? "" : ` ${italic(value ?? "VALUE")}`;
    return tagged(
      `\\fB\\-\\-${plain(name)}\\fR${word}`,
      sentence(notes.length === 0 ? summary : `${summary} (${notes.join(", ")})`),
    );
  });
}

function tagged(tag: string, text: string): readonly string[] {
  return [".TP", tag, plain(text)];
}

function italic(word: string): string {
  return `\\fI${plain(word)}\\fR`;
}

/** The first letter of a sentence is a capital one and a period ends it; a name such as `claws` or an option stays as it is. */
function sentence(text: string): string {
  const first = /^[a-z]+(?=[ ,;:])/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

/** Text without a meaning for roff. Whatever is no ASCII is named by its number. */
function plain(text: string): string {
  return text
    .replaceAll("\\", "\\(rs")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("`", "\\(ga")
    .replaceAll("^", "\\(ha")
    .replaceAll("~", "\\(ti")
    .replace(
      /[^\n -~]/gu,
      (character) => `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`,
    )
    .replace(/^\./, "\\&.");
}
