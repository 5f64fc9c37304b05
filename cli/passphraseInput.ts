// SPDX-License-Identifier: Apache-2.0
import { openSync } from "node:fs";
import { ReadStream } from "node:tty";
import { Sensitive } from "../protocol/sensitive.ts";
import type { Environment } from "./environment.ts";
import { readWithoutEcho } from "./secretInput.ts";
import type { Terminal } from "./terminal.ts";
import { cannotAsk } from "./vaultPassphrase.ts";

/**
 * Asks for a passphrase without echo. It is read from the terminal itself, as age does: stdin may be the key that the command stores.
 *
 * @throws UserError in a CI job and where there is no terminal; nothing is read from stdin instead.
 */
export async function readPassphrase(prompt: string, terminal: Terminal, environment: Environment): Promise<Sensitive> {
  if (!terminal.canAsk && !terminal.canRedraw) throw cannotAsk(environment);
  const line = await readWithoutEcho(prompt, openTerminal(environment), terminal);
  const passphrase = Sensitive.from(line);
  line.fill(0);
  return passphrase;
}

function openTerminal(environment: Environment): ReadStream {
  try {
    return new ReadStream(openSync(process.platform === "win32" ? "\\\\.\\CONIN$" : "/dev/tty", "r+"));
  } catch {
    throw cannotAsk(environment);
  }
}
