// SPDX-License-Identifier: Apache-2.0
import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AGENT_TOKEN_PREFIX } from "../../protocol/constants.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

/** A new placeholder from 32 random bytes. Worthless anywhere but at this broker in this start. */
export function createAgentToken(random: (bytes: number) => Buffer): Sensitive {
  return Sensitive.from(AGENT_TOKEN_PREFIX + random(32).toString("base64url"));
}

/** Writes the placeholder whole or not at all, readable by the daemon and the group only. */
export async function writeAgentToken(path: string, token: Sensitive, groupId: number): Promise<void> {
  const temporary = join(dirname(path), `.agent-token.${process.pid}`);
  await rm(temporary, { force: true });
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.chown(-1, groupId);
    await file.chmod(0o640);
    await file.writeFile(token.reveal());
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** Number of a group. @throws Error when the machine has no such group */
export async function findGroupId(name: string, groupFile = "/etc/group"): Promise<number> {
  const lines = (await readFile(groupFile, "utf8")).split("\n").map((line) => line.split(":"));
  const id = Number(lines.find(([group]) => group === name)?.[2] ?? Number.NaN);
  if (!Number.isInteger(id))
    throw new Error(`cannot hand the placeholder to the workload: there is no group "${name}"`);
  return id;
}
