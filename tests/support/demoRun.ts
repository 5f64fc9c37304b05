// SPDX-License-Identifier: Apache-2.0
// The demo as its user runs it: a process of its own, watched from outside.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { eventually } from "./eventually.ts";

const repository = resolve(import.meta.dirname, "../..");

export interface DemoEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Standard output and standard error together. */
  readonly screen: string;
}

export interface DemoRun {
  /** Owner of its lab. */
  readonly pid: number;
  /** Resolves when the demo ends, however it ends. */
  readonly ended: Promise<DemoEnd>;
  /** Waits until the log of this run holds the text. Fails if the demo ends before. */
  sees(text: string): Promise<void>;
  /** ID of the lab, once there is one. */
  run(): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  /** Ends it at the latest now and removes its log. */
  remove(): Promise<void>;
}

/** Starts the demo. `environment` comes on top of this process's own, without jest's loader flags. */
export function startDemo(environment: Readonly<Record<string, string>> = {}): DemoRun {
  const folder = mkdtempSync(join(tmpdir(), "claws-demo-"));
  const logFile = join(folder, "demo.log");
  const child = spawn(process.execPath, [join(repository, "scripts/demo/main.ts"), "--log", logFile], {
    cwd: repository,
    env: { ...process.env, NODE_OPTIONS: "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let screen = "";
  let over = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (screen += text));
  }
  const ended = new Promise<DemoEnd>((done, fail) => {
    child.on("error", fail);
    child.on("close", (code, signal) => {
      over = true;
      done({ code, signal, screen });
    });
  });
  const log = () => readFile(logFile, "utf8").catch(() => "");
  const sees = async (text: string) => {
    await eventually(async () => over || (await log()).includes(text), Boolean, 240_000);
    if (!(await log()).includes(text)) throw new Error(`the demo ended before "${text}":\n${screen}`);
  };
  return {
    pid: child.pid ?? 0,
    ended,
    sees,
    kill: (signal) => child.kill(signal),
    async remove() {
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true });
    },
    async run() {
      await sees("start the lab: run ");
      const [, run] = /start the lab: run ([0-9a-f]{6});/.exec(await log()) ?? [];
      if (run === undefined) throw new Error(`the demo names no run:\n${screen}`);
      return run;
    },
  };
}
