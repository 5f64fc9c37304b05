// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { childEnd } from "../childEnd.ts";
import { withoutSecrets, type Environment } from "../environment.ts";
import { failure } from "../errors.ts";

/** One run of OpenSSH's client. */
export interface SshRun {
  readonly words: readonly string[];
  /** Gets each line of the standard output; without it, the program has the terminal and this process's own input and output. */
  readonly onLine?: (line: string) => void;
  /** Gets each line of what it says on stderr, where `onLine` is given; the other end may write there, too. */
  readonly onTalk?: (line: string) => void;
}

/** Longer ones are cut: a line is kept in memory until it ends. */
const LONGEST_LINE = 256 * 1024;

/**
 * Runs `ssh` and waits for its end; an interruption ends it. No secret of the environment is passed on.
 *
 * @returns its exit code, or 128 + the signal's number, as a shell says it
 * @throws UserError (exit 1) when there is no `ssh`
 */
export async function runSsh(
  { words, onLine, onTalk = () => undefined }: SshRun,
  { environment, signal }: { readonly environment: Environment; readonly signal: AbortSignal },
): Promise<number> {
  const child = spawn("ssh", words, {
    env: { ...withoutSecrets(environment) },
    stdio: onLine === undefined ? "inherit" : ["ignore", "pipe", "pipe"],
  });
  const end = (): void => void child.kill("SIGTERM");
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  if (onLine !== undefined && child.stdout !== null) eachLine(child.stdout, onLine);
  if (child.stderr !== null) eachLine(child.stderr, onTalk);
  try {
    return await childEnd(child, cannotRun);
  } finally {
    signal.removeEventListener("abort", end);
  }
}

function cannotRun(code: string | undefined): Error {
  return failure(
    `cannot run ssh: ${code === "ENOENT" ? "there is no such program" : (code ?? "unknown cause")}`,
    "install OpenSSH's client: package openssh-client, or a feature of Windows",
  );
}

function eachLine(stream: Readable, onLine: (line: string) => void): void {
  let pending = "";
  stream.setEncoding("utf8").on("data", (text: string) => {
    const lines = (pending + text).split("\n");
    pending = (lines.pop() ?? "").slice(0, LONGEST_LINE);
    for (const line of lines) onLine(line.slice(0, LONGEST_LINE));
  });
  stream.on("end", () => {
    if (pending !== "") onLine(pending);
  });
}
