// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Effects } from "../../cli/effects.ts";
import { main } from "../../cli/main.ts";
import type { Terminal } from "../../cli/terminal.ts";
import { uncoloured } from "../../cli/textStyle.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

/** A terminal that keeps what it is told. */
export interface RecordedTerminal extends Terminal {
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** How a command line ended. */
export interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A terminal in memory; nobody sits there unless told otherwise. */
export function recordTerminal(
  options: { canAsk?: boolean; canRedraw?: boolean; canRedrawData?: boolean } = {},
): RecordedTerminal {
  const out: string[] = [];
  const talk: string[] = [];
  const say = (line: string): void => void talk.push(`${line}\n`);
  return {
    canAsk: options.canAsk ?? false,
    canRedraw: options.canRedraw ?? false,
    canRedrawData: options.canRedrawData ?? false,
    size: { columns: 80, rows: 24 },
    style: uncoloured,
    talkStyle: uncoloured,
    print: (line) => void out.push(`${line}\n`),
    say,
    notice: (line) => say(`claws: ${line}`),
    complain: (message, hints) => {
      say(`claws: error: ${message}`);
      for (const hint of hints) say(`claws: hint: ${hint}`);
    },
    draw: (text) => void talk.push(text),
    stdout: () => out.join(""),
    stderr: () => talk.join(""),
  };
}

/** Effects of which each throws unless the test gives it. */
export function testEffects(given: Partial<Effects> = {}): Effects & { readonly terminal: Terminal } {
  const unexpected = (name: string) => () => Promise.reject(new Error(`the test did not expect ${name}`));
  return {
    environment: {},
    useVault: () => undefined,
    cloudEnvironment: () => Promise.resolve(given.environment ?? {}),
    workingDirectory: "/nonexistent",
    terminal: recordTerminal(),
    signal: new AbortController().signal,
    now: () => new Date("2026-11-23T12:00:00.000Z"),
    readSecret: unexpected("readSecret"),
    readInput: unexpected("readInput"),
    program: ["claws"],
    readPassphrase: unexpected("readPassphrase"),
    ask: unexpected("ask"),
    openStack: unexpected("openStack"),
    askTailscaled: unexpected("askTailscaled"),
    tailnetStatus: unexpected("tailnetStatus"),
    daemonAt: unexpected("daemonAt"),
    digitalOcean: unexpected("digitalOcean"),
    tailscaleApi: unexpected("tailscaleApi"),
    policyApi: unexpected("policyApi"),
    openBrowser: unexpected("openBrowser"),
    runSsh: unexpected("runSsh"),
    runTool: unexpected("runTool"),
    portAnswers: unexpected("portAnswers"),
    serverClock: unexpected("serverClock"),
    ...given,
  };
}

/** Runs a command line in this process with these effects. */
export async function runClaws(words: readonly string[], given: Partial<Effects> = {}): Promise<CliRun> {
  const terminal = recordTerminal();
  const exitCode = await main(words, testEffects({ terminal, ...given }));
  return { exitCode, stdout: terminal.stdout(), stderr: terminal.stderr() };
}

/** A `readSecret` that gives this value. */
export function secretFrom(value: string): Effects["readSecret"] {
  return () => Promise.resolve(Sensitive.from(value));
}

/** Makes a project with one stack in the folder and gives the environment of a user who lives beside it. */
export async function makeProject(
  folder: string,
): Promise<{ readonly root: string; readonly environment: Record<string, string> }> {
  const root = join(folder, "project");
  await mkdir(join(root, "stacks"), { recursive: true });
  await writeFile(join(root, "Pulumi.yaml"), "name: office-claws\nmain: stacks/index.ts\nstackConfigDir: stacks/\n");
  await writeFile(join(root, "stacks", "Pulumi.dev.yaml"), "config: {}\n");
  return { root, environment: { HOME: join(folder, "home"), PATH: process.env["PATH"] ?? "" } };
}

/** Runs the real program as a child process. */
export async function spawnClaws(
  words: readonly string[],
  options: {
    environment: Readonly<Record<string, string>>;
    folder: string;
    input?: string;
  },
): Promise<CliRun> {
  const program = join(import.meta.dirname, "..", "..", "cli", "bin.cjs");
  const child = spawn(process.execPath, [program, ...words], { cwd: options.folder, env: { ...options.environment } });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      output[name] += chunk;
    });
  }
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? -1));
  });
  return { exitCode, ...output };
}
