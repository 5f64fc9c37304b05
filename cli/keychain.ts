// SPDX-License-Identifier: Apache-2.0
import type { AsyncEntry } from "@napi-rs/keyring";
import { Sensitive } from "../protocol/sensitive.ts";
import { codeOf, failure, UserError } from "./errors.ts";

const SERVICE = "office-claws";
const IDENTITY = "age identity";
// Unlocking may ask a person, in a window of the system's.
const LIMIT_MILLISECONDS = 60_000;

/** The place of the age identity in the keychain. */
export function identityEntry(): Promise<KeychainEntry> {
  return openEntry(IDENTITY);
}

/** The place of the passphrase of the vault at an absolute path. */
export function passphraseEntry(path: string): Promise<KeychainEntry> {
  return openEntry(`passphrase of ${path}`);
}

/** One secret in the system's keychain: Secret Service, macOS Keychain or Windows Credential Manager. Each method throws a UserError when it cannot be reached. */
export interface KeychainEntry {
  readonly read: () => Promise<Sensitive | undefined>;
  readonly store: (secret: Sensitive) => Promise<void>;
  /** @returns whether there was one. */
  readonly forget: () => Promise<boolean>;
}

/** The identities that the owner has stored. @throws UserError when the keychain cannot be reached or has lost them */
export async function readIdentityFromKeychain(): Promise<Buffer> {
  const secret = await (await identityEntry()).read();
  if (secret === undefined) throw lost("age identity");
  return Buffer.from(secret.reveal());
}

/** The passphrase that the owner has stored for a vault. @throws UserError when the keychain cannot be reached or has lost it */
export async function readPassphraseFromKeychain(path: string): Promise<Sensitive> {
  const secret = await (await passphraseEntry(path)).read();
  if (secret === undefined) throw lost(`passphrase of "${path}"`);
  return secret;
}

async function openEntry(account: string): Promise<KeychainEntry> {
  const { AsyncEntry } = await loadPackage();
  const use = async <T>(work: (entry: AsyncEntry, signal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      // Without the pin, a Linux without Secret Service would get the kernel's keyring, which forgets at the next boot.
      const entry = new AsyncEntry(SERVICE, account, { linux: { store: "secret-service" } });
      return await work(entry, AbortSignal.timeout(LIMIT_MILLISECONDS));
    } catch (error) {
      throw unreachable(error);
    }
  };
  return {
    read: () =>
      use(async (entry, signal) => {
        const text = await entry.getPassword(signal);
        return text === null ? undefined : Sensitive.from(text);
      }),
    store: (secret) => use((entry, signal) => entry.setPassword(secret.reveal(), signal)),
    forget: () => use((entry, signal) => entry.deleteCredential(signal)),
  };
}

async function loadPackage(): Promise<typeof import("@napi-rs/keyring")> {
  try {
    return await import("@napi-rs/keyring");
  } catch (error) {
    const isMissing = codeOf(error) === "ERR_MODULE_NOT_FOUND" || codeOf(error) === "MODULE_NOT_FOUND";
    throw new UserError(
      isMissing
        ? "cannot use the keychain: the optional package @napi-rs/keyring is not installed"
        : "cannot use the keychain: the package @napi-rs/keyring does not work on this system",
      ["npm install @napi-rs/keyring@2.1.2", "or name your identity with CLAWS_AGE_KEY_FILE"],
    );
  }
}

function unreachable(error: unknown): UserError {
  const [cause = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return failure(
    `cannot reach the keychain: ${cause}`,
    process.platform === "linux"
      ? "start and unlock a Secret Service in this session: GNOME Keyring, KWallet, KeePassXC"
      : "unlock it and try again",
    "or go round it: CLAWS_AGE_KEY_FILE for the identity, CLAWS_VAULT_PASSPHRASE_CMD for the passphrase",
  );
}

function lost(what: string): UserError {
  return failure(
    `the keychain holds no ${what} any more`,
    "store it again: claws vault keychain store; or go back: claws vault keychain forget",
  );
}
