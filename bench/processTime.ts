// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { performance } from "node:perf_hooks";

/** How to run the process that is timed. */
export interface ProcessOptions {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Stop the clock at the first byte of output, and end the process there. @default false: at the process's end */
  readonly untilFirstOutput?: boolean;
}

/** Milliseconds from the start of a process to its end or first output. @throws {Error} if it fails or says nothing. */
export function timeProcess(argv: readonly string[], options: ProcessOptions): Promise<number> {
  const [program = "", ...words] = argv;
  const started = performance.now();
  const child = spawn(program, words, {
    cwd: options.cwd,
    env: options.environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  let first: number | undefined;
  const onOutput = () => {
    first ??= performance.now() - started;
    if (options.untilFirstOutput) child.kill("SIGKILL");
  };
  child.stdout.on("data", onOutput);
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    onOutput();
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (options.untilFirstOutput && first !== undefined) resolve(first);
      else if (!options.untilFirstOutput && code === 0) resolve(performance.now() - started);
      else reject(new Error(`${argv.join(" ")} exited with ${code}: ${stderr.trim()}`));
    });
  });
}
