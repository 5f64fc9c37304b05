// SPDX-License-Identifier: Apache-2.0
import { open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AGENT_TOKEN_PREFIX } from "../../protocol/constants.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

/** A new placeholder from 32 random bytes. Worthless anywhere but at this broker in this start. */
export function createAgentToken(random: (bytes: number) => Buffer): Sensitive {
  return Sensitive.from(AGENT_TOKEN_PREFIX + random(32).toString("base64url"));
}

/**
 * Writes the placeholder whole or not at all, readable by the daemon and by the file's group. The folder decides which group that is:
 * on a droplet it hands its own, the workload's, on to every new file, so that the daemon needs neither the group nor the right to give.
 */
export async function writeAgentToken(path: string, token: Sensitive): Promise<void> {
  const temporary = join(dirname(path), `.agent-token.${process.pid}`);
  await rm(temporary, { force: true });
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.chmod(0o640); // whatever the umask is
    await file.writeFile(token.reveal());
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
