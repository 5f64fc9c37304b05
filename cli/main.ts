// SPDX-License-Identifier: Apache-2.0
import { text, type Command, type Values } from "./command.ts";
import { commandTable, findCommand, type CommandEntry } from "./commandTable.ts";
import type { VaultPlace } from "./credentialSource.ts";
import type { Effects } from "./effects.ts";
import { ExitCode, Interrupted, UserError } from "./errors.ts";
import { restrain, takeGlobalOptions } from "./globalOptions.ts";
import { readPlainLine } from "./plainLine.ts";

/** How provider keys, cloud tokens and age identities begin: where a file or an ID belongs, one would be shown in an error. */
const SECRET = /^(?:sk-|gsk_|AIza|xai-|AGE-SECRET-KEY-|dop_v1_|tskey-|pul-)[\w-]{16}/;

/** Runs one command line (without the program's name) and turns whatever happens into text and an exit code. */
export async function main(words: readonly string[], effects: Effects): Promise<ExitCode> {
  try {
    return await run(words, effects);
  } catch (error) {
    return complain(error, effects);
  }
}

async function run(given: readonly string[], all: Effects): Promise<ExitCode> {
  const { words, ...restraints } = takeGlobalOptions(given);
  const effects = { ...all, terminal: restrain(all.terminal, restraints) };
  if (words[0] === "__complete") return await complete(words.slice(1), effects);
  if (words[0] === "help" && words.length > 1) return await run([...words.slice(1), "--help"], all);
  const found = findCommand(words);
  if (found === undefined) return await withoutCommand(words, all);
  const command = await found.entry.load();
  if (isHelpWanted(found.rest)) {
    const { renderCommandHelp } = await import("./help.ts");
    effects.terminal.print(renderCommandHelp(found.entry.name, command));
    return ExitCode.done;
  }
  const values = await readLine(found.entry, command, found.rest);
  if (values["agent"] !== undefined) (await import("./checkAgentNames.ts")).checkAgentNames(command, values);
  if (SECRET.test(text(values, command.argument?.name ?? "") ?? ""))
    (await import("./secretInWords.ts")).refuseSecret();
  effects.useVault(placeIn(values));
  return (await untilInterrupted(command, values, { ...effects, commands: commandTable })) ?? ExitCode.done;
}

function placeIn(values: Values): VaultPlace {
  const [vault, cwd] = [text(values, "vault"), text(values, "cwd")];
  return { ...(vault === undefined ? {} : { vault }), ...(cwd === undefined ? {} : { cwd }) };
}

async function readLine(entry: CommandEntry, command: Command, rest: readonly string[]): Promise<Values> {
  if (command.takesSecret === true) (await import("./secretInWords.ts")).refuseSecretInWords(command, rest);
  return (
    readPlainLine(command, rest) ?? (await (await import("./strictLine.ts")).readStrictLine(entry.name, command, rest))
  );
}

/** A command that does not stop by itself is left where it is: all it writes is written whole or not at all. */
async function untilInterrupted(
  command: Command,
  values: Values,
  { signal, ...effects }: Effects,
): Promise<ExitCode | undefined> {
  const work = command.handler(values, { signal, ...effects });
  if (command.stopsItself === true) return await work;
  return await new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Interrupted("the command was left; nothing is half-written")), {
      once: true,
    });
    work.then(resolve, reject);
  });
}

/** For the scripts of `claws completion`; no command, because nobody types it. */
async function complete(words: readonly string[], { terminal, ...effects }: Effects): Promise<ExitCode> {
  const { liveNames } = await import("./completion/liveNames.ts");
  for (const name of liveNames(words, effects)) terminal.print(name);
  return ExitCode.done;
}

async function withoutCommand(words: readonly string[], { terminal }: Effects): Promise<ExitCode> {
  const [first] = words;
  if (first === "--version") {
    const { VERSION } = await import("../protocol/constants.ts");
    terminal.print(VERSION);
    return ExitCode.done;
  }
  const { renderCommandList } = await import("./help.ts");
  const { nounIn, unknownCommand } = await import("./unknownCommand.ts");
  const noun = nounIn(words);
  if (words.some((word) => !word.startsWith("-") && word !== "help") && noun === "") throw unknownCommand(words);
  if (isHelpWanted(words) || first === "help") {
    terminal.print(renderCommandList(noun));
    return ExitCode.done;
  }
  if (words.length === 0 || noun === words.join(" ")) {
    terminal.say(renderCommandList(noun));
    return ExitCode.usage;
  }
  throw unknownCommand(words);
}

function isHelpWanted(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  const own = end === -1 ? words : words.slice(0, end);
  return own.includes("--help") || own.includes("-h");
}

function complain(error: unknown, { terminal }: Effects): ExitCode {
  if (error instanceof UserError) {
    terminal.complain(error.message, error.hints);
    return error.exitCode;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : "a value that is no error was thrown";
  terminal.complain("this is a fault of claws, not yours", ["please report it with the lines below; they hold no key"]);
  terminal.say(stack);
  return ExitCode.failed;
}
