// SPDX-License-Identifier: Apache-2.0
import type { Cast, CastEvent } from "./cast.ts";
import { startAtTerminal, type TerminalOptions } from "./pseudoTerminal.ts";

/** Size of the terminal that sessions are recorded at. */
export const SIZE = { columns: 80, rows: 30 } as const;

/** One command of a session. */
export interface RecordedCommand {
  /** The line as a person types it. */
  readonly line: string;
  /** What runs. */
  readonly argv: readonly string[];
  /** What is typed once the screen shows a text, in order. */
  readonly answers?: readonly { readonly when: string; readonly type: string }[];
}

/** Where the commands run. */
export interface RecorderOptions extends Pick<TerminalOptions, "folder" | "environment"> {
  /** Paths that are shown by another name. */
  readonly names?: Readonly<Record<string, string>>;
}

/** Runs commands one after the other at a terminal and keeps what it showed. */
export class Recorder {
  readonly #events: CastEvent[] = [];
  readonly #options: RecorderOptions;
  readonly #clock: () => number;
  #start: number | undefined;

  /** @param clock milliseconds from any start */
  constructor(options: RecorderOptions, clock: () => number) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Runs one command to its end. @throws Error with the screen when it fails */
  async run({ line, argv, answers = [] }: RecordedCommand): Promise<void> {
    this.#show(`\u001b[1;32m$\u001b[0m \u001b[1m${line}\u001b[0m\r\n`);
    const { names = {}, ...options } = this.#options;
    const onOutput = (text: string): void => this.#show(renamed(text, names));
    const terminal = startAtTerminal(argv, { ...options, size: SIZE, onOutput });
    for (const { when, type } of answers) {
      await terminal.shows(when);
      terminal.type(type);
    }
    const code = await terminal.exitCode;
    if (code !== 0) throw new Error(`"${line}" ended with exit code ${code}:\n${terminal.screen()}`);
  }

  /** The recording so far. */
  cast(title: string): Cast {
    return { width: SIZE.columns, height: SIZE.rows, title, events: this.#events };
  }

  #show(text: string): void {
    const now = this.#clock();
    this.#start ??= now;
    this.#events.push({ time: (now - this.#start) / 1000, text });
  }
}

function renamed(text: string, names: Readonly<Record<string, string>>): string {
  return Object.entries(names).reduce((so, [path, name]) => so.replaceAll(path, name), text);
}
