// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { childEnd } from "./childEnd.ts";
import { withoutIdentities, type Environment } from "./environment.ts";
import { failure } from "./errors.ts";

/** How {@link runTool} runs a program. */
export interface ToolOptions {
  readonly folder: string;
  readonly environment: Environment;
  /** `collect` gives what it prints on stdout; `talk`, the default, shows that on stderr, for stdout is for data. */
  readonly stdout?: "collect" | "talk";
  /** Interrupts it, and it is waited for all the same: it may have to clean up. */
  readonly signal?: AbortSignal;
}

/** How it ended. */
export interface ToolResult {
  /** 128 + the signal's number when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
}

/**
 * Runs a program of somebody else's that does a part of a command. It reads nothing, it says what it says on stderr, and what opens the
 * vault is not passed on to it.
 *
 * @throws UserError (exit 1) when it cannot be started
 */
export async function runTool([file = "", ...words]: readonly string[], options: ToolOptions): Promise<ToolResult> {
  const { folder, environment, stdout = "talk", signal } = options;
  const child = spawn(file, words, {
    cwd: folder,
    env: { ...withoutIdentities(environment) },
    stdio: ["ignore", stdout === "collect" ? "pipe" : 2, "inherit"],
    // Its own group: the keyboard's Ctrl-C reaches it once, through the signal.
    detached: process.platform !== "win32",
  });
  const interrupt = (): void => interruptGroup(child);
  signal?.addEventListener("abort", interrupt, { once: true });
  if (signal?.aborted === true) interrupt();
  // When a second Ctrl-C ends this process at once, it must not go on alone.
  process.once("exit", interrupt);
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  try {
    return { code: await childEnd(child, (cause) => cannotRun(file, cause)), stdout: text };
  } finally {
    signal?.removeEventListener("abort", interrupt);
    process.removeListener("exit", interrupt);
  }
}

/** As the keyboard does it: the program and those that it started, which else would go on alone. */
function interruptGroup(child: ReturnType<typeof spawn>): void {
  if (child.pid === undefined || process.platform === "win32") return void child.kill("SIGINT");
  try {
    process.kill(-child.pid, "SIGINT");
  } catch {
    // It ended a moment ago.
  }
}

function cannotRun(file: string, code: string | undefined): Error {
  return failure(`cannot run ${file}: ${code === "ENOENT" ? "it is not on the PATH" : (code ?? "unknown cause")}`);
}
