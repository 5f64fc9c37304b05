// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { errorCode } from "./errorCode.ts";

/** How to run a program beyond its arguments. */
export interface CommandOptions {
  /** Written to its standard input. @default nothing */
  readonly input?: string;
  /** The whole environment. @default that of this process */
  readonly environment?: Readonly<Record<string, string>>;
  /** Milliseconds until it is killed. @default 30000 */
  readonly timeout?: number;
}

/** What a program that ended printed. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that could not be started, was killed, or ended with another code than 0. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** null when it was killed or never started. */
  readonly code: number | null;
  readonly stderr: string;

  constructor(argv: readonly string[], cause: string, code: number | null, stderr: string) {
    super(`cannot run "${argv.join(" ")}": ${cause}`);
    this.code = code;
    this.stderr = stderr;
  }
}

/**
 * Runs a program to its end, without a shell, whatever its exit code.
 * @throws CommandError when it cannot be started, ends by a signal, or takes too long.
 */
export function finishCommand(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { input = "", environment = process.env, timeout = 30_000 } = options;
  const [program = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const output = { stdout: "", stderr: "" };
    const child = spawn(program, args, { env: environment, stdio: "pipe" });
    // Not spawn's own option: its timer runs on after a program that could not be started, and keeps this process alive.
    const timer = setTimeout(() => child.kill("SIGKILL"), timeout);
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
    // A program that ends before it read its input closes the pipe: its exit code tells, not the EPIPE.
    child.stdin.on("error", () => undefined).end(input);
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(new CommandError(argv, startFailure(error, program), null, ""));
    });
    child.on("exit", (_code, signal) => {
      clearTimeout(timer);
      if (signal === null) return;
      // What it had started may still hold the pipes, for ever.
      child.stdout.destroy();
      child.stderr.destroy();
    });
    child.on("close", (code, signal) => {
      if (code !== null) {
        resolve({ code, ...output });
        return;
      }
      const cause =
        signal === "SIGKILL" ? `killed, or not done within ${timeout} ms` : `ended by ${signal ?? "nothing"}`;
      reject(new CommandError(argv, cause, null, output.stderr));
    });
  });
}

/**
 * Runs a program without a shell and returns what it printed.
 * @throws CommandError, with the last line of its standard error, when it does not end with 0.
 */
export async function runCommand(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await finishCommand(argv, options);
  if (code === 0) return stdout;
  throw new CommandError(argv, stderr.trim().split("\n").at(-1) || `exit code ${code}`, code, stderr);
}

function startFailure(error: Error, program: string): string {
  return errorCode(error) === "ENOENT" ? `the program "${program}" is not installed` : error.message;
}
