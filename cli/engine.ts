// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { childEnd } from "./childEnd.ts";
import { withoutIdentities, type Environment } from "./environment.ts";
import { UserError } from "./errors.ts";

/** How one command of the engine ended. */
export interface EngineResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** How {@link runEngine} runs it. */
export interface EngineOptions {
  readonly folder: string;
  readonly environment: Environment;
  readonly signal?: AbortSignal;
}

/**
 * Runs `pulumi` with these arguments.
 *
 * It gets a process group of its own, so that a Ctrl-C at the terminal reaches it once, through `signal`, and not twice: a
 * second interrupt makes it stop in the middle of a resource. What opens the vault is not passed on to it.
 *
 * @throws UserError when there is no such program
 */
export async function runEngine(
  words: readonly string[],
  { folder, environment, signal }: EngineOptions,
): Promise<EngineResult> {
  const env = { ...withoutIdentities(environment), PULUMI_SKIP_UPDATE_CHECK: "true" };
  const child = spawn("pulumi", words, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const interrupt = (): void => void child.kill("SIGINT");
  signal?.addEventListener("abort", interrupt, { once: true });
  if (signal?.aborted === true) interrupt();
  // When the user's second Ctrl-C ends this process at once, the engine must not go on alone.
  process.once("exit", interrupt);
  const [stdout, stderr, code] = await Promise.all([
    collect(child.stdout),
    collect(child.stderr),
    childEnd(child, cannotRun),
  ]).finally(() => {
    signal?.removeEventListener("abort", interrupt);
    process.removeListener("exit", interrupt);
  });
  return { stdout, stderr, code };
}

function cannotRun(code: string | undefined): UserError {
  const cause = code === "ENOENT" ? "it is not on the PATH" : (code ?? "unknown cause");
  return new UserError(`cannot run pulumi: ${cause}`, ["install Pulumi, or run npm run toolchain", "claws doctor"]);
}

async function collect(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  stream.setEncoding("utf8");
  for await (const chunk of stream as AsyncIterable<string>) text += chunk;
  return text;
}
