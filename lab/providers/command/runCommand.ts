// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A command line to run. */
export interface CommandRun {
  /** Program and arguments that get the command as their last argument. */
  readonly interpreter: readonly string[];
  readonly command: string;
  readonly directory: string;
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: string;
  /** Killed (the process itself, not its children) when aborted. */
  readonly signal: AbortSignal;
  /** Which streams are shown line by line while they run. */
  readonly logging: { readonly stdout: boolean; readonly stderr: boolean };
  readonly log: (line: string) => void;
}

/** What a command wrote, with one final newline removed from each. */
export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command to its end.
 *
 * @throws when it cannot start or exits other than with 0. The message holds the command and all it wrote: a secret must
 * never be in either.
 */
export async function runCommand(run: CommandRun): Promise<CommandOutput> {
  const [program = "", ...words] = run.interpreter;
  const options = {
    cwd: run.directory,
    env: { ...run.environment },
    signal: run.signal,
    killSignal: "SIGKILL",
  } as const;
  const child = spawn(program, [...words, run.command], { ...options, stdio: ["pipe", "pipe", "pipe"] });
  const [stdout, stderr, both]: [Buffer[], Buffer[], Buffer[]] = [[], [], []];
  child.stdout.on("data", (chunk: Buffer) => void (stdout.push(chunk), both.push(chunk)));
  child.stderr.on("data", (chunk: Buffer) => void (stderr.push(chunk), both.push(chunk)));
  if (run.logging.stdout) createInterface({ input: child.stdout }).on("line", run.log);
  if (run.logging.stderr) createInterface({ input: child.stderr }).on("line", run.log);
  // A command may end without reading its input.
  child.stdin.on("error", () => undefined);
  child.stdin.end(run.stdin);

  const ending = Promise.withResolvers<string>();
  child.on("error", (error) => ending.resolve(error.message));
  child.on("close", (code, signal) => ending.resolve(code === 0 ? "" : endingOf(code, signal)));
  const problem = await ending.promise;
  if (problem !== "") throw new Error(`${problem}: running ${JSON.stringify(run.command)}:\n${textOf(both)}`);
  return { stdout: withoutNewline(textOf(stdout)), stderr: withoutNewline(textOf(stderr)) };
}

function endingOf(code: number | null, signal: NodeJS.Signals | null): string {
  return code === null ? `signal: ${SIGNAL_NAMES[signal ?? ""] ?? String(signal)}` : `exit status ${String(code)}`;
}

const SIGNAL_NAMES: Readonly<Record<string, string>> = {
  SIGKILL: "killed",
  SIGTERM: "terminated",
  SIGINT: "interrupt",
  SIGHUP: "hangup",
};

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString("utf8");
}

function withoutNewline(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
