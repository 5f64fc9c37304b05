// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "./effects.ts";
import { UserError } from "./errors.ts";
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
  /** The vault, when there is one. */
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
  const [vault] = await Promise.all([
    needs.vault ? readVaultIfAny(selection.vault) : undefined,
    digitalOcean.account(),
  ]);
  return vault;
}

async function checkConfigurationFile({ project, stackName }: Selection): Promise<void> {
  const file = stackFilePath(project.configFolder, stackName);
  if ((await readStackFile(file)) !== undefined) return;
  throw new UserError(`stack "${stackName}" has no configuration: "${file}" does not exist`, [
    "list the agents in it under office-claws:agents, as the README shows",
    "or name another stack with --stack",
  ]);
}
