// SPDX-License-Identifier: Apache-2.0
// The rules of what `claws` says:
// - stdout is data: what was asked for, as a table or as JSON, and nothing else.
// - stderr is talk: progress, notices, questions, errors.
// - A complaint is one line `claws: error: ...`, then zero or more lines `claws: hint: ...` with the next thing to do;
//   lower case, no final period. Never a secret value, not even a part of one.
// - What others answered is shown without its control characters.
// - Nothing is asked and no line is redrawn unless a person sits at a terminal that can do it.
// - Colour only underlines what the words say, and only on a stream that is a terminal: not with NO_COLOR, TERM=dumb, CI or --no-color.
import type { Environment } from "./environment.ts";
import { codeOf } from "./errors.ts";
import { printable } from "./printable.ts";
import { wrapTalk } from "./wrapTalk.ts";
import { coloured, printableInColour, uncoloured, type TextStyle } from "./textStyle.ts";

/** Where text goes. */
export interface Terminal {
  /** A person can be asked: stdin and stderr are terminals, and it is not a CI job. */
  readonly canAsk: boolean;
  /** Lines on stderr can be redrawn. */
  readonly canRedraw: boolean;
  /** What is printed to stdout is seen at once on that same screen, so it can be redrawn as well. */
  readonly canRedrawData: boolean;
  /** What stderr shows at once, in characters and lines; read it anew for each frame, as it may be resized. */
  readonly size: { readonly columns: number; readonly rows: number };
  /** Aborted once what is printed gets nowhere any more; the reason is why: EPIPE for a reader that went away. */
  readonly outputLost?: AbortSignal;
  /** For what is printed to stdout. */
  readonly style: TextStyle;
  /** For what is said on stderr. */
  readonly talkStyle: TextStyle;
  /** Writes a line of data to stdout. */
  readonly print: (line: string) => void;
  /** Writes a line of talk to stderr. */
  readonly say: (line: string) => void;
  /** Writes a notice with the program's name in front to stderr. */
  readonly notice: (line: string) => void;
  /** Writes an error and its hints to stderr. */
  readonly complain: (message: string, hints: readonly string[]) => void;
  /** Writes to stderr as it is, for progress that is redrawn. */
  readonly draw: (text: string) => void;
}

/** The parts of a process that a terminal is made of. */
export interface Streams {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & {
    readonly isTTY?: boolean;
    readonly columns?: number;
    readonly rows?: number;
  };
}

/**
 * Makes the terminal of a process. A reader that went away (`claws keys list | head -1`) is no error; what a full disk did not take
 * shows in `outputLost`, and of talk that cannot be written nobody can be told.
 * Each stream is touched when it is first needed: Node makes it then, which takes time.
 */
export function createTerminal(streams: Streams, environment: Environment): Terminal {
  const ci = (environment["CI"] ?? "") !== "" && environment["CI"] !== "false";
  const isTerminal = (): boolean => !ci && streams.stderr.isTTY === true;
  const isAtScreen = (): boolean => streams.stderr.isTTY === true;
  const hasColour = !ci && environment["TERM"] !== "dumb" && (environment["NO_COLOR"] ?? "") === "";
  const styleOf = (name: "stdout" | "stderr"): TextStyle =>
    hasColour && streams[name].isTTY === true ? coloured : uncoloured;
  const shown = (name: "stdout" | "stderr", text: string): string =>
    text.includes("\u001b") && styleOf(name) === coloured ? printableInColour(text) : printable(text);
  const lost = new AbortController();
  const writer = (name: "stdout" | "stderr"): ((text: string) => void) => {
    let stream: NodeJS.WritableStream | undefined;
    const onError = (error: unknown): void => {
      if (name === "stdout") lost.abort(error);
    };
    return (text) => {
      stream ??= streams[name].on("error", onError);
      stream.write(text);
    };
  };
  const out = writer("stdout");
  const talk = writer("stderr");
  const say = (line: string): void => {
    const width = isAtScreen() ? streams.stderr.columns : undefined;
    talk(`${shown("stderr", width === undefined ? line : wrapTalk(line, width))}\n`);
  };
  return {
    outputLost: lost.signal,
    get canAsk() {
      return isTerminal() && streams.stdin.isTTY === true;
    },
    get canRedraw() {
      return isTerminal() && environment["TERM"] !== "dumb";
    },
    get canRedrawData() {
      return isTerminal() && environment["TERM"] !== "dumb" && streams.stdout.isTTY === true;
    },
    get size() {
      const { columns = 80, rows = 24 } = streams.stderr;
      return { columns: columns || 80, rows: rows || 24 };
    },
    get style() {
      return styleOf("stdout");
    },
    get talkStyle() {
      return styleOf("stderr");
    },
    print: (line) => out(`${shown("stdout", line)}\n`),
    say,
    notice: (line) => say(`claws: ${line}`),
    complain: (message, hints) => {
      say(`claws: error: ${message}`);
      for (const hint of hints) say(`claws: hint: ${hint}`);
    },
    draw: talk,
  };
}

/** The signal of what is done only for whoever reads it: it ends with its reader, too. */
export function whileRead(signal: AbortSignal, { outputLost }: Pick<Terminal, "outputLost">): AbortSignal {
  return outputLost === undefined ? signal : AbortSignal.any([signal, outputLost]);
}

/** Says it when data was lost that somebody waits for. @returns whether it was */
export function complainOfLoss({ outputLost, complain }: Pick<Terminal, "outputLost" | "complain">): boolean {
  const code = outputLost?.aborted === true ? (codeOf(outputLost.reason) ?? "unknown cause") : "EPIPE";
  if (code === "EPIPE") return false;
  complain(`cannot write the output: ${code === "ENOSPC" ? "no space is left (ENOSPC)" : code}`, [
    "what the command did is done all the same",
  ]);
  return true;
}
