// SPDX-License-Identifier: Apache-2.0
import { decryptAgeFile, isPassphraseFile } from "./age/decryptAgeFile.ts";
import type { Environment } from "./environment.ts";
import { UserError } from "./errors.ts";
import { findIdentities, type FoundIdentities, type ReadPassphrase } from "./identities.ts";

/** Where a vault is, and where what opens it may come from. */
export interface VaultDoor {
  readonly path: string;
  /** Which vault the file at `path` is a copy of, as git makes them: the keychain knows that one. @default path */
  readonly copyOf?: string | undefined;
  readonly environment: Environment;
  /** Asks a person for a passphrase. Without it, nobody is asked. */
  readonly readPassphrase?: ReadPassphrase | undefined;
}

/** What opens a vault: the owner's identities, or the passphrase of a vault without recipients. */
export type VaultKeys = FoundIdentities;

/** What is in a vault, and what opened it. */
export interface Unlocked {
  /** The decrypted text; the caller wipes it. */
  readonly content: Buffer;
  readonly keys: VaultKeys;
}

/** Decrypts the bytes of a vault. @throws UserError that names the vault, the cause and what was used */
export async function unlock(door: VaultDoor, bytes: Buffer): Promise<Unlocked> {
  const isForPassphrase = await isPassphraseFile(bytes).catch((error: unknown) => {
    throw error instanceof UserError ? cannotOpen(door.path, error) : error;
  });
  const keys = isForPassphrase ? await passphraseKeys(door) : await identityKeys(door);
  try {
    return { content: await decryptAgeFile(keys, bytes), keys };
  } catch (error) {
    throw error instanceof UserError ? cannotOpen(door.path, error, keys) : error;
  }
}

/** The same failure with the vault's name in front, and with what was tried. */
export function cannotOpen(path: string, { message, hints, exitCode }: UserError, keys?: VaultKeys): UserError {
  const used =
    keys === undefined ? [] : [`${keys.passphrase === undefined ? "identity" : "passphrase"} used: ${keys.source}`];
  return new UserError(`cannot open the vault "${path}": ${message}`, [...hints, ...used], exitCode);
}

async function identityKeys({ path, environment, readPassphrase }: VaultDoor): Promise<VaultKeys> {
  const found = await findIdentities(environment, readPassphrase);
  if (found !== undefined) return found;
  throw new UserError(`cannot open the vault "${path}": no age identity was found`, [
    "name yours with CLAWS_AGE_KEY_FILE",
  ]);
}

async function passphraseKeys(door: VaultDoor): Promise<VaultKeys> {
  const { findVaultPassphrase } = await import("./vaultPassphrase.ts");
  return await findVaultPassphrase(door);
}
