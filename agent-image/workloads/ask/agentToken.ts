// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";

const defaultFile = "/run/office-claws/agent-token";

/**
 * Reads the placeholder that clawsd takes in place of a key. It is another one whenever clawsd starts.
 *
 * @param environment - `CLAWS_AGENT_TOKEN_FILE` names the file.
 * @throws Error while clawsd is not running.
 */
export async function readAgentToken(environment: NodeJS.ProcessEnv): Promise<string> {
  const token = (await readFile(environment["CLAWS_AGENT_TOKEN_FILE"] ?? defaultFile, "utf8")).trim();
  if (/^[\w-]{8,200}$/.test(token)) return token;
  throw new Error("cannot use the placeholder: its file holds something else");
}
