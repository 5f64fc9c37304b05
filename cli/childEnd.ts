// SPDX-License-Identifier: Apache-2.0
import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { codeOf } from "./errors.ts";

/**
 * Waits for a child process to end.
 *
 * @param cannotStart makes the error for a program that cannot be started, from the system's code
 * @returns its exit code, or 128 + the signal's number, as a shell says it
 */
export async function childEnd(child: ChildProcess, cannotStart: (code: string | undefined) => Error): Promise<number> {
  return await new Promise((resolve, reject) => {
    child.once("error", (error) => reject(cannotStart(codeOf(error))));
    child.once("close", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
