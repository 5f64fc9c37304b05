// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { join } from "node:path";

import type { Lab } from "../../lab/lab.ts";
import { repositoryRoot } from "./projectFolder.ts";

/** How a command ended. */
export interface Ended {
  /** Exit code, or 128 + signal number as a shell would say. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run of a command may be given. */
export interface RunOptions {
  /** Standard input; empty if not given. */
  readonly input?: string;
  /** Further environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with each line of standard error as it comes. */
  readonly onLine?: (line: string) => void;
}

/** The person with the vault: runs commands in the operator's namespace with the lab's credentials. */
export interface Operator {
  readonly project: string;
  /** `claws ARGS` in the project's folder. */
  claws(words: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Any other command. */
  run(argv: readonly string[], options?: RunOptions): Promise<Ended>;
  /** One HTTP request from the operator's machine. A refused peer gives status 0, as does one that is silent for the seconds, 5 by default. */
  request(method: string, url: string, body?: unknown, seconds?: number): Promise<HttpAnswer>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Why there is no status. */
  readonly failure?: string;
}

/** The operator of a lab with its project in `project`. `log` gets every command and all it printed. */
export function createOperator(lab: Lab, project: string, log: (text: string) => void): Operator {
  const run: Operator["run"] = async (argv, options = {}) => {
    const environment = { ...lab.environment, ...providerWaits(), ...options.environment };
    const ended = await runCommand(lab.operator(argv), { ...options, environment, cwd: project });
    log(`$ ${argv.join(" ")}\n${ended.stdout}${ended.stderr}(exit ${ended.code})`);
    return ended;
  };
  const script = (path: string) => [process.execPath, join(repositoryRoot, path)];
  return {
    project,
    run,
    claws: (words, options) => run([...script("cli/bin.cjs"), ...words], options),
    async request(method, url, body, seconds = 5) {
      const words = body === undefined ? [method, url] : [method, url, JSON.stringify(body), String(seconds)];
      const { stdout, stderr } = await run([...script("scripts/demo/request.ts"), ...words]);
      if (stdout === "") throw new Error(`the request program failed: ${stderr.trim()}`);
      return JSON.parse(stdout) as HttpAnswer;
    },
  };
}

/** Lets the person who starts the demo leave out the waits that DigitalOcean's provider forces. */
function providerWaits(): Record<string, string> {
  const waits = process.env["CLAWS_LAB_PROVIDER_WAITS"];
  return waits === undefined ? {} : { CLAWS_LAB_PROVIDER_WAITS: waits };
}

interface CommandOptions extends RunOptions {
  readonly cwd?: string;
}

/** Runs a program to its end and keeps what it printed. */
export function runCommand(argv: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  const [program, ...words] = argv;
  if (program === undefined) throw new Error("no program to run");
  const child = spawn(program, words, { cwd: options.cwd, env: options.environment, stdio: ["pipe", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  let pending = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
    const lines = (pending + text).split("\n");
    pending = lines.pop() ?? "";
    for (const line of lines) options.onLine?.(line);
  });
  // A program that does not read its input and ends early is no failure of ours.
  child.stdin.on("error", () => undefined).end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ ...output, code: code ?? (signal === "SIGKILL" ? 137 : 130) }));
  });
}
