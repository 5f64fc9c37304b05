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

/**
 * Runs a program at a pseudo-terminal of its own. `script` makes it: Debian has it on every machine (bsdutils), and Node alone cannot.
 * Nothing is logged to a file.
 */
export function startAtTerminal(
  argv: readonly string[],
  options: { readonly folder: string; readonly environment: Readonly<Record<string, string>> },
): PseudoTerminal {
  const command = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
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
