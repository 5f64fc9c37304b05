// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { UserError } from "./errors.ts";

const LIMIT = 256 * 1024;

/**
 * Runs the user's own `CLAWS_AGE_KEY_CMD` and returns what it printed. It may ask for a passphrase or a touch: it keeps the terminal.
 *
 * @throws UserError when it cannot be started, fails, or prints more than an identity file may hold; its output is never shown.
 */
export async function runIdentityCommand(command: string): Promise<string> {
  // The whole text is the user's, nothing of ours is put into it, so a shell may read it as the user meant it.
  const child = spawn(command, { shell: true, stdio: ["inherit", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
    if (output.length > LIMIT) child.kill("SIGKILL");
  });
  const status = await new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) =>
      resolve(code === 0 ? "" : `it ended with ${signal ?? `exit code ${code ?? 1}`}`),
    );
  });
  if (status !== "") throw new UserError(`cannot get the age identity from CLAWS_AGE_KEY_CMD: ${status}`);
  return output;
}
