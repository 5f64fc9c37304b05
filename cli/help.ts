// SPDX-License-Identifier: Apache-2.0
import type { Command, OptionSpec } from "./command.ts";
import { commandTable } from "./commandTable.ts";

const WIDTH = 80;

/** The help of the program, or of a noun such as `keys`: the list of its commands. */
export function renderCommandList(prefix = ""): string {
  const entries = commandTable.filter(({ name }) => prefix === "" || name.startsWith(`${prefix} `));
  const usage = prefix === "" ? "claws COMMAND [OPTIONS]" : `claws ${prefix} COMMAND [OPTIONS]`;
  return [
    `usage: ${usage}`,
    "",
    ...(prefix === ""
      ? ["One hardened droplet per agent, reached over the tailnet, with keys that rest", "only in your age vault.", ""]
      : []),
    "commands:",
    ...columns(entries.map(({ name, summary }) => [name, summary])),
    "",
    "claws COMMAND --help shows a command's options and an example",
    "",
    "exit codes: 0 done, 1 failed, 2 wrong use or configuration, 3 partly done,",
    "4 refused by policy, 130 interrupted",
  ].join("\n");
}

/** The help of one command. */
export function renderCommandHelp(name: string, command: Command): string {
  const { argument } = command;
  const rows = Object.entries<OptionSpec>({ ...command.options, help: { kind: "flag", summary: "show this help" } });
  return [
    ...wrap(
      `usage: claws ${[name, ...(argument === undefined ? [] : [argument.name.toUpperCase()]), ...requiredOptions(command), "[OPTIONS]"].join(" ")}`,
    ),
    "",
    ...wrap(command.summary),
    ...(command.description === undefined ? [] : ["", ...wrap(command.description)]),
    ...(argument === undefined ? [] : ["", "argument:", ...columns([[argument.name.toUpperCase(), argument.summary]])]),
    "",
    "options:",
    ...columns(
      rows.map(([option, spec]) => [
        optionUsage(option, spec),
        spec.summary + (spec.kind === "list" ? " (may be repeated)" : ""),
      ]),
    ),
    "",
    command.examples.length === 1 ? "example:" : "examples:",
    ...command.examples.map((example) => `  ${example}`),
  ].join("\n");
}

function requiredOptions(command: Command): readonly string[] {
  return Object.entries(command.options)
    .filter(([, spec]) => spec.required === true)
    .map(([option, spec]) => optionUsage(option, spec));
}

function optionUsage(option: string, spec: OptionSpec): string {
  return spec.kind === "flag" ? `--${option}` : `--${option} ${spec.value ?? "VALUE"}`;
}

function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const left = Math.max(...rows.map(([name]) => name.length)) + 2;
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
