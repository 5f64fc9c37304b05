// SPDX-License-Identifier: Apache-2.0
import type { RecordedCommand } from "./recorder.ts";

/** A command of `claws` in the README's session. */
export interface SessionCommand extends Omit<RecordedCommand, "argv"> {
  readonly words: readonly string[];
  /** File in the project that its standard input is read from; the terminal if absent. */
  readonly input?: string;
}

/** The life of a stack with two agents, from an empty vault to the receipt. */
export const sessionCommands: readonly SessionCommand[] = [
  claws("vault init"),
  claws("keys set anthropic --agent ada", "ada.txt"),
  claws("keys set openai --agent grace", "grace.txt"),
  claws("up"),
  claws("keys push"),
  claws("status"),
  claws("keys rotate anthropic --agent ada", "new.txt"),
  { ...claws("destroy"), answers: [{ when: "prod", type: "prod\r" }] },
];

function claws(line: string, input?: string): SessionCommand {
  const shown = `claws ${line}${input === undefined ? "" : ` < ${input}`}`;
  return { line: shown, words: line.split(" "), ...(input === undefined ? {} : { input }) };
}
