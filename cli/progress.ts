// SPDX-License-Identifier: Apache-2.0
import { printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

/** What is going on, a line for each name. */
export interface Progress {
  /** Says what a name is at now. */
  set(name: string, state: string): void;
  /** Leaves the lines as they are. */
  end(): void;
}

/** A block that is redrawn on a terminal, a line for each change everywhere else. Goes to stderr. */
export function startProgress(terminal: Terminal): Progress {
  if (!terminal.canRedraw) {
    return { set: (name, state) => terminal.say(`${name}: ${state}`), end: () => undefined };
  }
  const states = new Map<string, string>();
  return {
    set: (name, state) => {
      const up = states.size === 0 ? "" : `\u001b[${states.size}A`;
      states.set(name, printable(state));
      const width = Math.max(...[...states.keys()].map((one) => one.length));
      terminal.draw(up + [...states].map(([one, now]) => `\r\u001b[2K${one.padEnd(width)}  ${now}\n`).join(""));
    },
    end: () => states.clear(),
  };
}
