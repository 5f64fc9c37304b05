// SPDX-License-Identifier: Apache-2.0
import type { OptionSpec } from "./command.ts";
import type { Terminal } from "./terminal.ts";
import { uncoloured } from "./textStyle.ts";

/** Options that every command takes, before or after its name. */
export const globalOptions = {
  quiet: { kind: "flag", summary: "say nothing but data, errors and questions" },
  "no-color": { kind: "flag", summary: "no colour, as with NO_COLOR=1" },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** The global options in the words of a command line, and the words without them. What follows `--` is not looked at. */
export interface GlobalWords {
  readonly quiet: boolean;
  readonly noColor: boolean;
  readonly words: readonly string[];
}

/** Takes the global options out of the words. */
export function takeGlobalOptions(words: readonly string[]): GlobalWords {
  const end = words.indexOf("--");
  const own = end === -1 ? words : words.slice(0, end);
  if (!own.includes("--quiet") && !own.includes("--no-color")) return { quiet: false, noColor: false, words };
  return {
    quiet: own.includes("--quiet"),
    noColor: own.includes("--no-color"),
    words: [...own.filter((word) => word !== "--quiet" && word !== "--no-color"), ...words.slice(own.length)],
  };
}

/** The terminal with what the global options take away from it. */
export function restrain(terminal: Terminal, { quiet, noColor }: Omit<GlobalWords, "words">): Terminal {
  if (!quiet && !noColor) return terminal;
  const nothing = (): void => undefined;
  return {
    ...(terminal.outputLost === undefined ? {} : { outputLost: terminal.outputLost }),
    get canAsk() {
      return terminal.canAsk;
    },
    get canRedraw() {
      return !quiet && terminal.canRedraw;
    },
    get canRedrawData() {
      return terminal.canRedrawData;
    },
    get size() {
      return terminal.size;
    },
    get style() {
      return noColor ? uncoloured : terminal.style;
    },
    get talkStyle() {
      return noColor ? uncoloured : terminal.talkStyle;
    },
    print: terminal.print,
    say: quiet ? nothing : terminal.say,
    notice: quiet ? nothing : terminal.notice,
    complain: terminal.complain,
    draw: terminal.draw,
  };
}
