// SPDX-License-Identifier: Apache-2.0
import { spawn, type ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { isatty } from "node:tty";
import type { Environment } from "./environment.ts";
import { codeOf, UserError } from "./errors.ts";

/** Signals that are passed on. */
const FORWARDED: readonly NodeJS.Signals[] =
  process.platform === "win32"
    ? ["SIGINT", "SIGTERM", "SIGHUP"]
    : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2"];
/** Those that a keyboard sends to every process at the terminal, the other program too. */
const FROM_KEYBOARD: readonly NodeJS.Signals[] = ["SIGINT", "SIGQUIT"];
/** Those of which this process dies itself when the other one did; not those that write a core file, which would hold secrets. */
const SHARED_DEATHS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs another program as if it were this one: same terminal, same signals, same end. Node could replace itself by it, but would leave
 * it deaf to SIGPIPE.
 *
 * @returns its exit code; 126 and 127 as a shell gives them
 * @throws UserError when there is no program in the words
 */
export async function runInPlace(
  [file = "", ...words]: readonly string[],
  environment: Environment,
  complain: (message: string, hints: readonly string[]) => void,
): Promise<number> {
  if (file === "") throw new UserError("no command to run");
  const child = spawn(file, words, { env: { ...environment }, stdio: "inherit" });
  const restore = forwardSignals(child);
  try {
    return await endOf(child);
  } catch (error) {
    const cause = codeOf(error) === "ENOENT" ? "it is not on the PATH" : (codeOf(error) ?? "unknown cause");
    complain(`cannot run "${file}": ${cause}`, []);
    return codeOf(error) === "ENOENT" ? 127 : 126;
  } finally {
    restore();
  }
}

async function endOf(child: ChildProcess): Promise<number> {
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (...end) => resolve(end));
  });
  if (signal === null) return code ?? 1;
  if (SHARED_DEATHS.includes(signal)) {
    // A shell stops a loop only when its command died of the interrupt, and does not when it exits with 130.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
  return 128 + constants.signals[signal];
}

/** Takes the signals of this process for the child; what listened before is put back by the function that it gives. */
function forwardSignals(child: ChildProcess): () => void {
  // Not by process.stdout: Node would make its stream and with it the pipe non-blocking, for the other program too, which then fails to write.
  const isAtTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor));
  const taken = FORWARDED.map((signal) => {
    const before = process.listeners(signal);
    const forward = (): void => {
      if (!isAtTerminal || !FROM_KEYBOARD.includes(signal)) child.kill(signal);
    };
    process.removeAllListeners(signal);
    process.on(signal, forward);
    return { signal, before, forward };
  });
  return () => {
    for (const { signal, before, forward } of taken) {
      process.removeListener(signal, forward);
      for (const listener of before) process.on(signal, listener);
    }
  };
}
