// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { isatty } from "node:tty";
import { UserError } from "./errors.ts";

const LIMIT = 256 * 1024;

/** What {@link runSecretCommand} runs. */
export interface SecretCommand {
  readonly command: string;
  /** The variable that holds it, for errors. */
  readonly variable: string;
  /** What it should print, for errors. */
  readonly what: string;
}

/**
 * Runs a command of the user's own and returns what it printed. It may ask for a passphrase or a touch: it keeps the terminal.
 *
 * @throws UserError when it cannot be started, fails, or prints more than an identity file may hold; its output is never shown.
 */
export async function runSecretCommand({ command, variable, what }: SecretCommand): Promise<Buffer> {
  // The whole text is the user's, nothing of ours is put into it, so a shell may read it as the user meant it.
  // What is piped to us is for us: a key to store, a text to import. ssh, for one, would swallow it.
  const stdin = isatty(0) ? "inherit" : "ignore";
  const child = spawn(command, { shell: true, stdio: [stdin, "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  let size = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size <= LIMIT) return;
    // The shell's own children would outlive it and go on writing: what they write to is closed.
    child.stdout.destroy();
    child.kill("SIGKILL");
  });
  const status = await new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) =>
      resolve(code === 0 ? "" : `it ended with ${signal ?? `exit code ${code ?? 1}`}`),
    );
  });
  if (size > LIMIT) throw new UserError(`cannot get the ${what} from ${variable}: it prints more than ${LIMIT} bytes`);
  if (status !== "") throw new UserError(`cannot get the ${what} from ${variable}: ${status}`);
  return Buffer.concat(chunks);
}
