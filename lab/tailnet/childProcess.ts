// SPDX-License-Identifier: Apache-2.0
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

/** How to start a long-running program of the lab. */
export interface ChildOptions {
  readonly argv: readonly string[];
  /** All of it: nothing is inherited but PATH. */
  readonly environment: Readonly<Record<string, string>>;
  /** Gets standard output and error, appended. */
  readonly logFile: string;
}

/** A running program that dies with this process, however this one ends. */
export interface Child {
  readonly pid: number;
  /**
   * Asks the check every 50 ms until it gives true.
   * @throws when the time (milliseconds) is over or the program has ended, with the end of its log.
   */
  waitUntil(what: string, check: () => Promise<boolean>, timeout: number): Promise<void>;
  /** SIGTERM, then SIGKILL after `grace` milliseconds; waits for the end. */
  stop(grace: number): Promise<void>;
}

/**
 * Starts the program through `setpriv --pdeathsig KILL`; what it executes keeps this process ID.
 * @throws when setpriv is missing.
 */
export async function startChild({ argv, environment, logFile }: ChildOptions): Promise<Child> {
  const log = openSync(logFile, "a", 0o600);
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...argv], {
    env: { PATH: process.env["PATH"] ?? "", ...environment },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const pid = await started(child, argv);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    pid,
    waitUntil: (what, check, timeout) => waitUntil(child, { what, check, timeout, logFile }),
    stop: async (grace) => {
      if (hasEnded(child)) return;
      child.kill("SIGTERM");
      const timer = new AbortController();
      await Promise.race([ended, pause(grace, undefined, { signal: timer.signal }).catch(() => undefined)]);
      timer.abort();
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function started(child: ChildProcess, argv: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("spawn", () => resolve(child.pid ?? 0));
    child.once("error", (cause) => reject(new Error(`cannot start "${argv.join(" ")}" through setpriv`, { cause })));
  });
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

interface Wait {
  readonly what: string;
  readonly check: () => Promise<boolean>;
  readonly timeout: number;
  readonly logFile: string;
}

async function waitUntil(child: ChildProcess, { what, check, timeout, logFile }: Wait): Promise<void> {
  const deadline = performance.now() + timeout;
  for (;;) {
    if (hasEnded(child)) throw new Error(`cannot wait for ${what}: the program ended: ${await logEnd(logFile)}`);
    if (await check()) return;
    if (performance.now() > deadline) {
      throw new Error(`cannot wait for ${what}: not there after ${timeout} ms: ${await logEnd(logFile)}`);
    }
    await pause(50);
  }
}

async function logEnd(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, "utf8")).trimEnd().split("\n");
  return lines.slice(-5).join(" | ");
}
