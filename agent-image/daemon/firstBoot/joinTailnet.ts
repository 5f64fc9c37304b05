// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { isSshOn } from "../../../protocol/agentFacts.ts";
import type { Sensitive } from "../../../protocol/sensitive.ts";
import type { UserData } from "./userData.ts";

/** The auth key admits nodes without the tag that this one must carry. Trying again cannot help. */
export class WrongTagError extends Error {
  override readonly name = "WrongTagError";
}

/** Where joining happens. */
export interface JoinOptions {
  /** The `tailscale` program. */
  readonly tailscale: string;
  /** Folder on tmpfs for the file that holds the auth key while `tailscale` reads it; made if missing, for root only. */
  readonly directory: string;
  /** Seconds until the tailnet must have admitted the node. */
  readonly timeoutSeconds: number;
}

/**
 * Joins the tailnet and checks that the node carries its tag. The key goes through a file that only root can read, never through argv
 * or the environment; the file is overwritten and removed whatever happens.
 *
 * @throws Error with what `tailscale` said, without the key. WrongTagError if the key admitted the node without the tag: it is then
 * logged out again, because it would belong to a person and not to the agent.
 */
export async function joinTailnet(userData: UserData, options: JoinOptions): Promise<void> {
  const { tag, authKey } = userData;
  await withKeyFile(authKey, options.directory, async (keyFile) => {
    const isOn = isSshOn(userData);
    try {
      await bringUp(userData, keyFile, isOn, options);
    } catch (error) {
      // At a second try tailscaled may know the tailnet already, and refuses SSH where the tailnet's policy has none. An agent that
      // nobody can log in to is better than none.
      if (!isOn || !(error instanceof Error) || !error.message.includes("SSH server; not enabled")) throw error;
      await bringUp(userData, keyFile, false, options);
    }
  });
  const status = await run(options, authKey, ["status", "--json", "--peers=false"]);
  if (readOwnTags(status).includes(tag)) return;
  await run(options, authKey, ["logout"]);
  throw new WrongTagError(`cannot join the tailnet: the auth key does not give the tag "${tag}"`);
}

async function bringUp(
  { hostname, controlUrl, authKey }: UserData,
  keyFile: string,
  ssh: boolean,
  options: JoinOptions,
): Promise<void> {
  const settings = ["--accept-dns=false", "--accept-routes=false", `--ssh=${ssh}`];
  // The packet filter is ours alone; Tailscale adds no rules to it.
  settings.push("--netfilter-mode=off", "--reset", `--timeout=${options.timeoutSeconds}s`);
  const words = [`--auth-key=file:${keyFile}`, `--hostname=${hostname}`, `--login-server=${controlUrl}`];
  await run(options, authKey, ["up", ...words, ...settings]);
}

/** Runs `use` with the path of a new file that holds the key and that nobody but its owner can read. */
async function withKeyFile(key: Sensitive, directory: string, use: (path: string) => Promise<void>): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, "auth-key");
  await rm(path, { force: true });
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o600);
  const bytes = Buffer.from(key.reveal());
  try {
    await file.writeFile(bytes);
    await use(path);
  } finally {
    await file.write(bytes.fill(0), 0, bytes.length, 0);
    await file.close();
    await rm(path, { force: true });
  }
}

/** Runs `tailscale` with an environment of nothing but PATH; gives its standard output. */
function run({ tailscale, timeoutSeconds }: JoinOptions, key: Sensitive, argv: readonly string[]): Promise<string> {
  const options = { env: { PATH: "/usr/sbin:/usr/bin" }, timeout: (timeoutSeconds + 10) * 1000, maxBuffer: 1 << 20 };
  return new Promise((resolve, reject) => {
    const child = execFile(tailscale, argv, options, (error, stdout, stderr) => {
      if (error === null) {
        resolve(stdout);
        return;
      }
      const said = (stderr.trim() || error.message).replaceAll(key.reveal(), "[REDACTED]").slice(-2000);
      // Not the error itself as a cause: its message holds argv and output as they were.
      reject(new Error(`cannot run "tailscale ${argv[0] ?? ""}": ${said}`));
    });
    child.stdin?.end();
  });
}

function readOwnTags(status: string): readonly unknown[] {
  const value: unknown = JSON.parse(status);
  if (typeof value !== "object" || value === null || !("Self" in value)) return [];
  const self = value.Self;
  if (typeof self !== "object" || self === null || !("Tags" in self)) return [];
  return Array.isArray(self.Tags) ? self.Tags : [];
}
