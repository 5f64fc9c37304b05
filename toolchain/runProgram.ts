// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** How to run a program. */
export interface RunOptions {
  readonly cwd?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Milliseconds after which the program is killed. */
  readonly limit: number;
  /** Milliseconds without a line of output after which it is killed. No such bound when absent. */
  readonly silence?: number;
  /** Called for each line of standard error. */
  readonly onErrorLine?: (line: string) => void;
}

/** How it ended. */
export interface RunResult {
  /** True when it ended by itself with status 0. */
  readonly ok: boolean;
  /** Standard output, at most 64 KiB of it. */
  readonly output: string;
  /** The last lines of standard error. */
  readonly errors: readonly string[];
  /** How it ended, in words: "status 1", "killed after 5 s". */
  readonly ending: string;
}

const keptOutput = 65_536;
const keptErrors = 30;

/** Runs a program without a shell and without input. Never rejects: a program that cannot start is a result too. */
export function runProgram(file: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: options.cwd, env: options.environment, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const errors: string[] = [];
    const killer = createKiller(() => child.kill("SIGKILL"), options);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      killer.heard();
      output = (output + text).slice(0, keptOutput);
    });
    createInterface({ input: child.stderr }).on("line", (line) => {
      killer.heard();
      errors.push(line);
      if (errors.length > keptErrors) errors.shift();
      options.onErrorLine?.(line);
    });
    const finish = (ok: boolean, ending: string): void => {
      killer.stop();
      resolve({ ok, output, errors, ending: killer.reason() ?? ending });
    };
    child.on("error", (error) => finish(false, error.message));
    child.on("close", (status, signal) => finish(status === 0, signal === null ? `status ${status ?? -1}` : signal));
  });
}

interface Killer {
  heard(): void;
  reason(): string | undefined;
  stop(): void;
}

function createKiller(kill: () => void, { limit, silence }: RunOptions): Killer {
  let why: string | undefined;
  const because = (text: string) => (): void => {
    why ??= text;
    kill();
  };
  const whole = setTimeout(because(`killed after ${limit / 1000} s`), limit);
  let quiet: NodeJS.Timeout | undefined;
  const heard = (): void => {
    clearTimeout(quiet);
    if (silence !== undefined) quiet = setTimeout(because(`killed after ${silence / 1000} s of silence`), silence);
  };
  heard();
  return {
    heard,
    reason: () => why,
    stop() {
      clearTimeout(whole);
      clearTimeout(quiet);
    },
  };
}
