// SPDX-License-Identifier: Apache-2.0
import { AGENT_TOKEN_PREFIX } from "../../protocol/constants.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { writeWholeFile } from "./wholeFile.ts";

/** A new placeholder from 32 random bytes. Worthless anywhere but at this broker in this start. */
export function createAgentToken(random: (bytes: number) => Buffer): Sensitive {
  return Sensitive.from(AGENT_TOKEN_PREFIX + random(32).toString("base64url"));
}

/**
 * Writes the placeholder whole or not at all, readable by the daemon and by the file's group. The folder decides which group that is:
 * on a droplet it hands its own, the workload's, on to every new file, so that the daemon needs neither the group nor the right to give.
 */
export function writeAgentToken(path: string, token: Sensitive): Promise<void> {
  return writeWholeFile(path, token.reveal(), 0o640);
}
