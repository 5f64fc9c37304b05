// SPDX-License-Identifier: Apache-2.0
import { ParseError } from "../../../protocol/parseError.ts";
import { writeAgentFile } from "./agentFile.ts";
import { fetchMetadata, type MetadataOptions } from "./fetchMetadata.ts";
import { makeIdentity, type IdentityOptions } from "./identityFile.ts";
import { joinTailnet, WrongTagError, type JoinOptions } from "./joinTailnet.ts";
import { parseUserData } from "./userData.ts";

/** Everything that first boot touches. */
export interface FirstBootOptions {
  readonly metadata: MetadataOptions;
  readonly join: JoinOptions;
  readonly identity: IdentityOptions;
  /** Where the public facts go, once everything else is done. */
  readonly agentFile: string;
  /** Gets one line for each step; no line holds a secret. */
  readonly log: (line: string) => void;
}

/**
 * Makes an agent of a machine: reads the user-data, joins the tailnet, makes its identity, writes the agent file. Up to the last step nothing marks it as
 * done, so it can be run again after any failure.
 *
 * @returns The exit code: 0 done, 1 failed and worth another try, 2 the user-data is wrong and will stay so.
 */
export async function runFirstBoot({ metadata, join, identity, agentFile, log }: FirstBootOptions): Promise<number> {
  try {
    const userData = parseUserData(await fetchMetadata(metadata));
    log(`joining the tailnet as "${userData.hostname}"`);
    await joinTailnet(userData, join);
    await writeAgentFile(agentFile, userData, await makeIdentity(userData, identity));
    log(`joined the tailnet as "${userData.hostname}"`);
    return 0;
  } catch (error) {
    log(error instanceof Error ? error.message : String(error));
    return error instanceof ParseError || error instanceof WrongTagError ? 2 : 1;
  }
}
