// SPDX-License-Identifier: Apache-2.0
import type { AgentFacts } from "../../../protocol/agentFacts.ts";
import type { DropletIdentity } from "../../../protocol/dropletIdentity.ts";
import type { UserData } from "./userData.ts";
import { writeWholeFile } from "../wholeFile.ts";

/**
 * Writes what the daemon and the workload may know about their agent: the user-data without its secrets. The file is there whole or
 * not at all, and its being there means that first boot is done.
 *
 * @param path - Where; world-readable, in a folder that exists.
 */
export async function writeAgentFile(
  path: string,
  userData: UserData,
  identity: DropletIdentity | undefined,
): Promise<void> {
  await writeWholeFile(path, `${JSON.stringify(factsOf(userData, identity), null, 2)}\n`, 0o644);
}

/** Member by member: a secret that user-data gains must not come along by itself. What is undefined is not written. */
function factsOf(userData: UserData, identity: DropletIdentity | undefined): { [K in keyof AgentFacts]: unknown } {
  const { hostname, tag, controlUrl, runtime, providers } = userData;
  const { operatorKeys, customProviders, remoteBroker, egress, ssh } = userData;
  const base = { officeClaws: 1, hostname, tag, controlUrl, runtime, providers } as const;
  return { ...base, operatorKeys, identity, customProviders, remoteBroker, egress, ssh };
}
