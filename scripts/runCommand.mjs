// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { constants } from "node:os";

/**
 * Runs a command in place of this process, as far as others can tell: same standard streams, signals passed on, and its
 * exit code (128 + number when a signal ended it; 127 when it cannot be started).
 */
export function runCommand([file, ...args], environment) {
  return new Promise((resolve) => {
    let child;
    // Before the start: a signal in between would end this process and leave the command alone.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => forward(child, signal));
    // The file is looked up on the PATH of `env`, not on that of this process.
    child = spawn(file, args, { env: environment, stdio: "inherit" });
    child.on("error", (error) => {
      process.stderr.write(`bootstrap: error: cannot run "${file}": ${error.message}\n`);
      resolve(127);
    });
    child.on("close", (status, signal) => resolve(signal === null ? status : 128 + constants.signals[signal]));
  });
}

/** Control-C on a terminal reaches the child from the terminal itself; a second one means "at once" to many programs. */
function forward(child, signal) {
  if (signal === "SIGINT" && process.stdin.isTTY) return;
  child.kill(signal);
}
