// SPDX-License-Identifier: Apache-2.0
// How the demo talks: one line a step on the terminal, everything else into the log file.
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { performance } from "node:perf_hooks";

/** Tells a person what happens. */
export interface Narrator {
  /** Path of the log with every command and its output. */
  readonly logFile: string;
  /** A heading between groups of steps. */
  section(title: string): void;
  /** Runs a step and prints one line when it is done: how long it took and what it showed. */
  step(title: string, act: () => Promise<string | undefined>): Promise<void>;
  /** A line of progress inside a long step; to a terminal only, overwritten by the next. */
  progress(line: string): void;
  /** Text for the screen as it is. */
  show(text: string): void;
  /** Text for the log only. */
  log(text: string): void;
}

/** A narrator on standard output with its log in `logFile`, which is emptied. */
export function createNarrator(logFile: string, output: NodeJS.WriteStream = process.stdout): Narrator {
  mkdirSync(dirname(logFile), { recursive: true });
  writeFileSync(logFile, "", { mode: 0o600 });
  const log = (text: string) => appendFileSync(logFile, `${text.trimEnd()}\n`);
  const clear = () => (output.isTTY ? output.write("\r\x1b[K") : true);
  const print = (line: string) => {
    clear();
    output.write(`${line}\n`);
    log(line);
  };

  return {
    logFile,
    section: (title) => print(`\n${title}`),
    async step(title, act) {
      const started = performance.now();
      log(`--- ${title}`);
      const detail = await act();
      const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(5);
      const line = `${seconds} s  ${title}${detail ? `: ${detail}` : ""}`;
      print(output.isTTY ? wrapLine(line, output.columns) : line);
    },
    progress(line) {
      log(line);
      if (!output.isTTY) return;
      clear();
      output.write(`         ${line.slice(0, Math.max(20, output.columns - 10))}`);
    },
    show: (text) => print(text.trimEnd()),
    log,
  };
}

/** Breaks a line between words so that it fits; what follows is indented to stand below the first line's text. */
export function wrapLine(line: string, columns: number): string {
  const indent = " ".repeat(9);
  const lines = [""];
  for (const [index, word] of line.split(/(?<=\S) /).entries()) {
    const last = lines.at(-1) ?? "";
    const longer = index === 0 ? word : `${last} ${word}`;
    if (longer.length <= columns || last.trim() === "") lines[lines.length - 1] = longer;
    else lines.push(`${indent}${word}`);
  }
  return lines.join("\n");
}
