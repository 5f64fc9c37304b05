// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A program under Node that answers each line of its input with a line. */
export interface SpeakingProgram {
  /** One question at a time. Rejects when the program ends before its answer. */
  ask(line: string): Promise<string>;
  /** Ends its input, and with it the program. */
  end(): void;
}

/** Starts the program with exactly this environment. */
export function startProgram(path: string, environment: Readonly<Record<string, string>>): SpeakingProgram {
  const child = spawn(process.execPath, [path], { env: environment, stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(line) {
      child.stdin.write(`${line}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`the program ${path} has ended without an answer`);
      return value;
    },
    end: () => void child.stdin.end(),
  };
}
