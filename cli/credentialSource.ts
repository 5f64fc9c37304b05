// SPDX-License-Identifier: Apache-2.0
import { setting, type Environment } from "./environment.ts";
import { ExitCode, UserError } from "./errors.ts";
import { vaultPath } from "./project.ts";
import type { Terminal } from "./terminal.ts";
import type { VaultAccess } from "./vault.ts";

/** What `--vault` and `--cwd` of the command line say. */
export interface VaultPlace {
  readonly vault?: string;
  readonly cwd?: string;
}

/** The cloud credentials of one run: the environment's, and those of the vault where the environment has none. */
export interface CredentialSource {
  /** Says where the vault is, before anything is asked for. */
  readonly useVault: (place: VaultPlace) => void;
  /**
   * The environment with the vault's credentials put in where it lacks them. The vault is opened when one of `needed` is lacking, and
   * at most once.
   */
  readonly environment: (needed?: readonly string[]) => Promise<Environment>;
}

/** What every operation on a stack needs, unless the environment has another way. */
const NEEDED: readonly string[] = ["DIGITALOCEAN_TOKEN", "TAILSCALE_API_KEY", "PULUMI_CONFIG_PASSPHRASE"];
/** What object storage as the place of the state needs. */
const STORAGE_NEEDED: readonly string[] = ["AWS_ACCESS_KEY_ID"];

/** Makes the source of this process. Values leave it in an object of its own; the process's environment is never written. */
export function createCredentialSource(
  environment: Environment,
  workingDirectory: string,
  terminal: Pick<Terminal, "notice">,
  readPassphrase?: VaultAccess["readPassphrase"],
): CredentialSource {
  let place: VaultPlace = {};
  let filled: Promise<Environment> | undefined;
  return {
    useVault: (given) => {
      place = given;
    },
    environment: async (needed = neededIn(environment)) => {
      // What it brings along would cost every command a tenth of its start.
      const { missingFrom } = await import("./credentials.ts");
      const missing = missingFrom(environment);
      if (!needed.some((name) => missing.includes(name))) return environment;
      filled ??= fill({ environment, workingDirectory, place, onNotice: terminal.notice, readPassphrase }, missing);
      return await filled;
    },
  };
}

function neededIn(environment: Environment): readonly string[] {
  const state = setting(environment, "PULUMI_BACKEND_URL") ?? "";
  return [...NEEDED, ...(state.startsWith("s3://") ? STORAGE_NEEDED : [])];
}

interface Filling extends Pick<VaultAccess, "readPassphrase"> {
  readonly environment: Environment;
  readonly workingDirectory: string;
  readonly place: VaultPlace;
  readonly onNotice: (notice: string) => void;
}

/** A vault that cannot be opened is no error here: whoever needs what it may hold says what is missing. */
async function fill(filling: Filling, missing: readonly string[]): Promise<Environment> {
  const { environment, onNotice } = filling;
  try {
    const access = accessOf(filling);
    if (access === undefined) return environment;
    const [{ readVaultIfAny }, { asVariables }] = await Promise.all([
      import("./vault.ts"),
      import("./credentialEntry.ts"),
    ]);
    const document = await readVaultIfAny(access);
    return document === undefined ? environment : { ...environment, ...asVariables(document, missing) };
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode === ExitCode.interrupted) throw error;
    onNotice(`no credential was read from the vault: ${error.message}`);
    return environment;
  }
}

function accessOf({
  environment,
  workingDirectory,
  place,
  onNotice,
  readPassphrase,
}: Filling): VaultAccess | undefined {
  try {
    return { path: vaultPath(workingDirectory, environment, place), environment, onNotice, readPassphrase };
  } catch (error) {
    // Outside of a project there is no vault to look for.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
