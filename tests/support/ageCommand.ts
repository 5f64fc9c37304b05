// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { resolveAge } from "../../toolchain/agePrograms.ts";

/** The age project's own command. */
export interface AgeCommand {
  /** Runs `age` and gives what it printed. @throws when it fails, with its message */
  readonly age: (words: readonly string[], run?: AgeRun) => Promise<Buffer>;
  /** Makes an identity as `age-keygen` prints it, comments and all. */
  readonly keygen: (words?: readonly string[]) => Promise<string>;
}

/** What a run gets besides its words. */
export interface AgeRun {
  readonly input?: Uint8Array;
  /** Taken by `-j batchpass`. */
  readonly passphrase?: string;
}

/** Finds the age command, or builds it. The first time takes a minute. */
export async function ageCommand(): Promise<AgeCommand> {
  const programs = await resolveAge();
  return {
    age: (words, run) => runAge(programs.age, words, run),
    keygen: async (words = []) => (await runAge(programs.keygen, words)).toString("utf8"),
  };
}

async function runAge(program: string, words: readonly string[], { input, passphrase }: AgeRun = {}): Promise<Buffer> {
  const environment = {
    PATH: `${dirname(program)}:${process.env["PATH"] ?? ""}`,
    ...(passphrase === undefined ? {} : { AGE_PASSPHRASE: passphrase, AGE_PASSPHRASE_WORK_FACTOR: "18" }),
  };
  const child = spawn(program, words, { env: environment });
  const chunks: Buffer[] = [];
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.on("error", () => undefined);
  child.stdin.end(input ?? "");
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`age ended with ${code ?? "a signal"}: ${stderr}`);
  return Buffer.concat(chunks);
}
