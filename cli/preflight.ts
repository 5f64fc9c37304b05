// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "./effects.ts";
import type { Environment } from "./environment.ts";
import { UserError } from "./errors.ts";
import { askNode, checkNode } from "./nodeOnPath.ts";
import { checkPassphrase } from "./passphrase.ts";
import type { Selection } from "./selection.ts";
import { readStackFile, stackFilePath } from "./readStackFile.ts";
import { tailscaleCredentials } from "./tailscaleApi.ts";
import { readVaultIfAny } from "./vault.ts";
import type { VaultDocument } from "./vaultDocument.ts";

/** What the operation will need besides credentials and passphrase. */
export interface PreflightOptions {
  /** The stack's file; destroy works from the state alone. */
  readonly configuration: boolean;
  /** The vault, when there is one, and the tailnet over which its keys go. */
  readonly vault: boolean;
}

/**
 * Looks at everything that can be wrong before the engine starts, without changing anything.
 *
 * @returns the vault, when there is one.
 * @throws UserError (exit 2) that names the first variable, file or service that is not right.
 */
export async function preflight(
  selection: Selection,
  effects: Effects,
  needs: PreflightOptions,
): Promise<VaultDocument | undefined> {
  const digitalOcean = await effects.digitalOcean();
  const environment = await effects.cloudEnvironment();
  tailscaleCredentials(environment);
  checkPassphrase(environment);
  if (needs.configuration) await checkConfigurationFile(selection);
  const looks = await Promise.allSettled([
    needs.vault ? readVaultIfAny(selection.vault) : undefined,
    digitalOcean.account(),
    needs.configuration ? checkProgramsNode(environment) : undefined,
    needs.vault ? checkTailnet(effects) : undefined,
  ]);
  // All at once, but what is said does not depend on which one is quickest.
  for (const look of looks) if (look.status === "rejected") throw look.reason;
  return looks[0].status === "fulfilled" ? looks[0].value : undefined;
}

/** The engine runs the program with the `node` that is first on the PATH, whatever runs this command. */
async function checkProgramsNode(environment: Environment): Promise<void> {
  await askNode(environment)
    .then(checkNode)
    .catch((error: unknown) => {
      throw error instanceof UserError ? new UserError(`node ${error.message}`, error.hints) : error;
    });
}

/** What is made could not be reached, let alone get its keys. */
async function checkTailnet({ tailnetStatus }: Pick<Effects, "tailnetStatus">): Promise<void> {
  const { backendState } = await tailnetStatus().catch((error: unknown) => {
    throw error instanceof UserError ? new UserError(error.message, error.hints) : error;
  });
  if (backendState !== "Running")
    throw new UserError(`this machine is not on the tailnet: tailscaled is in state ${backendState}`, ["tailscale up"]);
}

async function checkConfigurationFile({ project, stackName }: Selection): Promise<void> {
  const file = stackFilePath(project.configFolder, stackName);
  if ((await readStackFile(file)) !== undefined) return;
  throw new UserError(`stack "${stackName}" has no configuration: "${file}" does not exist`, [
    "list the agents in it under office-claws:agents, as the README shows",
    "or name another stack with --stack",
  ]);
}
