// SPDX-License-Identifier: Apache-2.0
import type { Terminal } from "./terminal.ts";

/** What is going on, by name. */
export interface Progress {
  /** Says what a name is at now; with an outcome, what became of it. */
  set(name: string, state: string, outcome?: "done" | "failed"): void;
}

/** A line on stderr for each change. */
export function lineProgress(terminal: Pick<Terminal, "say">): Progress {
  return { set: (name, state) => terminal.say(`${name}: ${state}`) };
}
