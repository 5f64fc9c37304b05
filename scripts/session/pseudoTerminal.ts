// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";

/** A program that sits at a pseudo-terminal, and a person who types. */
export interface PseudoTerminal {
  /** Everything on the screen so far. */
  readonly screen: () => string;
  /** Types as a keyboard does; `\r` is the Enter key, `\u0003` is Ctrl-C. */
  readonly type: (keys: string) => void;
  /** Resolves once the screen shows the text. @throws when the program ends before */
  readonly shows: (text: string) => Promise<void>;
  readonly exitCode: Promise<number>;
}

/** How the program runs. */
export interface TerminalOptions {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Columns and rows; what `script` makes of it by default. */
  readonly size?: { readonly columns: number; readonly rows: number };
  /** Told what comes to the screen, as it comes. */
  readonly onOutput?: (text: string) => void;
}

/**
 * Runs a program at a pseudo-terminal of its own. `script` makes it: Debian has it on every machine (bsdutils), and Node alone cannot.
 * Nothing is logged to a file.
 */
export function startAtTerminal(argv: readonly string[], options: TerminalOptions): PseudoTerminal {
  const { size, onOutput } = options;
  const command = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const sized = size === undefined ? command : `stty cols ${size.columns} rows ${size.rows}; exec ${command}`;
  const child = spawn("script", ["--quiet", "--return", "--command", sized, "/dev/null"], {
    cwd: options.folder,
    env: { ...options.environment, TERM: "xterm", SHELL: "/bin/sh" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let screen = "";
  const watchers = new Set<() => void>();
  let ended = false;
  const exitCode = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      ended = true;
      for (const look of watchers) look();
      resolve(code ?? -1);
    });
  });
  child.stdin.on("error", () => undefined);
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
    onOutput?.(text);
    for (const look of watchers) look();
  });
  const shows = async (text: string): Promise<void> => {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (screen.includes(text)) resolve();
        else if (ended) reject(new Error(`the program ended without showing "${text}"; the screen:\n${screen}`));
        else return;
        watchers.delete(look);
      };
      watchers.add(look);
      look();
    });
  };
  return { screen: () => screen, type: (keys) => child.stdin.write(keys), shows, exitCode };
}
