// SPDX-License-Identifier: Apache-2.0
import type { Command, OptionSpec } from "./command.ts";
import { grouped } from "./commandGroups.ts";
import { commandTable } from "./commandTable.ts";
import { globalOptions } from "./globalOptions.ts";

const WIDTH = 80;
const HELP_OPTION: OptionSpec = { kind: "flag", summary: "show the help" };
const GLOBAL_OPTIONS: readonly string[] = [
  "global options:",
  ...optionColumns(Object.entries<OptionSpec>({ ...globalOptions, help: HELP_OPTION })),
];

/** The help of the program, or of a noun such as `keys`: the list of its commands. */
export function renderCommandList(prefix = ""): string {
  return [
    `usage: ${prefix === "" ? "claws" : `claws ${prefix}`} COMMAND [OPTIONS]`,
    "",
    ...(prefix === "" ? allCommands() : ["commands:", ...commandsOf(prefix)]),
    "",
    ...GLOBAL_OPTIONS,
    "",
    "claws COMMAND --help shows a command's options and an example",
    "",
    "exit codes: 0 done, 1 failed, 2 wrong use or configuration, 3 partly done,",
    "4 refused by policy, 130 interrupted",
  ].join("\n");
}

function allCommands(): readonly string[] {
  const groups = [...grouped(commandTable)];
  const width = Math.max(...groups.flatMap(([, rows]) => rows.map(([name]) => name.length)));
  return [
    "One hardened droplet per agent, reached over the tailnet, with keys that rest",
    "only in your age vault.",
    ...groups.flatMap(([title, rows]) => ["", `${title}:`, ...columns(rows, width)]),
  ];
}

function commandsOf(prefix: string): readonly string[] {
  const entries = commandTable.filter(({ name }) => name.startsWith(`${prefix} `));
  return columns(entries.map(({ name, summary }) => [name, summary]));
}

/** The help of one command. */
export function renderCommandHelp(name: string, command: Command): string {
  const words = argumentRows(command);
  const own = Object.entries(command.options);
  return [
    ...wrap(`usage: ${usageOf(name, command)}`),
    "",
    ...wrap(command.summary),
    ...(command.description === undefined ? [] : ["", ...wrap(command.description)]),
    ...(words.length === 0 ? [] : ["", words.length === 1 ? "argument:" : "arguments:", ...columns(words)]),
    ...(own.length === 0 ? [] : ["", "options:", ...optionColumns(own)]),
    "",
    ...GLOBAL_OPTIONS,
    "",
    command.examples.length === 1 ? "example:" : "examples:",
    ...command.examples.map((example) => `  ${example}`),
  ].join("\n");
}

/** How a command is typed: `claws keys set NAME --agent NAME [OPTIONS]`. */
export function usageOf(name: string, command: Command): string {
  const { argument, rest } = command;
  const words = [
    name,
    ...(argument === undefined ? [] : [bracketed(argument.name.toUpperCase(), argument.optional)]),
    ...requiredOptions(command),
    "[OPTIONS]",
    ...(rest === undefined ? [] : [bracketed(`-- ${rest.name.toUpperCase()}...`, rest.optional)]),
  ];
  return `claws ${words.join(" ")}`;
}

function bracketed(word: string, optional: true | undefined): string {
  return optional === true ? `[${word}]` : word;
}

function argumentRows({ argument, rest }: Command): readonly (readonly [string, string])[] {
  return [
    ...(argument === undefined ? [] : [[argument.name.toUpperCase(), argument.summary] as const]),
    ...(rest === undefined ? [] : [[`-- ${rest.name.toUpperCase()}...`, rest.summary] as const]),
  ];
}

function requiredOptions(command: Command): readonly string[] {
  return Object.entries(command.options)
    .filter(([, spec]) => spec.required === true)
    .map(([option, spec]) => optionUsage(option, spec));
}

function optionUsage(option: string, spec: OptionSpec): string {
  return spec.kind === "flag" ? `--${option}` : `--${option} ${spec.value ?? "VALUE"}`;
}

function optionColumns(options: readonly (readonly [string, OptionSpec])[]): readonly string[] {
  return columns(
    options.map(([option, spec]) => [
      optionUsage(option, spec),
      spec.summary + (spec.kind === "list" ? " (may be repeated)" : ""),
    ]),
  );
}

function columns(
  rows: readonly (readonly [string, string])[],
  width = Math.max(...rows.map(([name]) => name.length)),
): readonly string[] {
  const left = width + 2;
  return rows.flatMap(([name, summary]) => {
    const [first = "", ...more] = wrap(summary, WIDTH - 2 - left);
    return [`  ${name.padEnd(left)}${first}`, ...more.map((line) => " ".repeat(left + 2) + line)];
  });
}

function wrap(paragraph: string, width = WIDTH): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of paragraph.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
