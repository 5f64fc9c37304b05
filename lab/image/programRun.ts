// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";

/** How a program runs. */
export interface ProgramRun {
  /** Its whole environment. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Runs a program that dies with this process, whatever ends it.
 *
 * @returns Its standard output.
 * @throws Error with the last lines of its standard error.
 */
export async function runProgram(argv: readonly string[], { env }: ProgramRun): Promise<string> {
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...argv], { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let complaints = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints = (complaints + text).slice(-4000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code === 0) return output;
  const said = `${output.slice(-1000)}${complaints}`.trim().split("\n").slice(-12).join("\n");
  throw new Error(`cannot run "${argv.slice(0, 3).join(" ")}": exit ${code ?? "by signal"}: ${said}`);
}

/**
 * argv in front of a command that shall see mounts, processes and a network of its own: what it mounts and starts is gone when it ends,
 * and it reaches nothing.
 */
export function isolated(argv: readonly string[], { network }: { readonly network: boolean }): readonly string[] {
  const own = ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--ipc", "--uts"];
  return ["unshare", ...own, ...(network ? [] : ["--net"]), "--", ...argv];
}
