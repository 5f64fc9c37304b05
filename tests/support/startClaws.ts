// SPDX-License-Identifier: Apache-2.0
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { CliRun } from "./cliHarness.ts";

const program = join(import.meta.dirname, "..", "..", "cli", "bin.cjs");

/** Where and how the real program runs. */
export interface ClawsStart {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** A command that runs the command that follows it, such as `prlimit`. */
  readonly wrapper?: readonly string[];
  /** Flags of Node. */
  readonly node?: readonly string[];
  /** All of standard input; without it, it is empty. */
  readonly input?: string;
  /** Another user's number, which only root may give. */
  readonly user?: number;
}

/** The real program as a process that may be watched and killed. */
export interface StartedClaws {
  readonly child: ChildProcess;
  readonly stderr: () => string;
  /** Resolves once standard error holds the text. @throws when the program ends before */
  readonly says: (text: string) => Promise<void>;
  /** The exit code is -1 when a signal ended it. */
  readonly ended: Promise<CliRun>;
}

/** Starts the real program. */
export function startClaws(words: readonly string[], start: ClawsStart): StartedClaws {
  const argv = [...(start.wrapper ?? []), process.execPath, ...(start.node ?? []), program, ...words];
  const [file = "", ...rest] = argv;
  const owner = start.user === undefined ? {} : { uid: start.user, gid: start.user };
  const child = spawn(file, rest, { cwd: start.folder, env: { ...start.environment }, ...owner });
  const output = { stdout: "", stderr: "" };
  const watchers = new Set<() => void>();
  let hasEnded = false;
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      output[name] += chunk;
      for (const look of watchers) look();
    });
  }
  child.stdin.on("error", () => undefined);
  child.stdin.end(start.input ?? "");
  const ended = new Promise<CliRun>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      hasEnded = true;
      for (const look of watchers) look();
      resolve({ exitCode: code ?? -1, ...output });
    });
  });
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (output.stderr.includes(text)) resolve();
        else if (hasEnded) reject(new Error(`it ended without saying "${text}": ${output.stderr}`));
      };
      watchers.add(look);
      look();
    });
  return { child, stderr: () => output.stderr, says, ended };
}
