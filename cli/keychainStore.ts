// SPDX-License-Identifier: Apache-2.0
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Sensitive } from "../protocol/sensitive.ts";
import type { Environment } from "./environment.ts";
import { codeOf, failure } from "./errors.ts";
import { writeFileWhole } from "./fileWrite.ts";
import { identityEntry, passphraseEntry, type KeychainEntry } from "./keychain.ts";
import { keychainChoicePath, readKeychainChoice, type KeychainChoice } from "./keychainChoice.ts";
import { openVault, type VaultAccess } from "./vault.ts";

/** What was put into the keychain or taken out of it. */
export interface KeychainChange {
  readonly what: "identity" | "passphrase";
  readonly vault: string;
  /** Where it was found; absent when it was taken out. */
  readonly from?: string;
}

/** Puts what opens the vault into the keychain, from where later commands take it. Nothing else is removed. @throws UserError */
export async function storeInKeychain(access: VaultAccess): Promise<KeychainChange> {
  const { identities, passphrase, source } = (await openVault(access)).keys;
  const what = passphrase === undefined ? "identity" : "passphrase";
  const secret = passphrase?.passphrase ?? Sensitive.from(identities.map((identity) => identity.reveal()).join("\n"));
  const entry = await entryFor(what, access.path);
  await entry.store(secret);
  if ((await entry.read())?.equals(secret) !== true)
    throw failure("the keychain gives back something else than was stored", "nothing else was changed");
  await writeChoice(access.environment, withPlace(readKeychainChoice(access.environment), what, access.path));
  return { what, vault: access.path, from: source };
}

/** Takes out what the keychain holds for the vault. @returns what there was */
export async function forgetInKeychain(path: string, environment: Environment): Promise<readonly KeychainChange[]> {
  const choice = readKeychainChoice(environment);
  const held = (
    [choice.identity ? "identity" : undefined, choice.vaults.includes(path) ? "passphrase" : undefined] as const
  ).filter((what) => what !== undefined);
  for (const what of held) await (await entryFor(what, path)).forget();
  const vaults = choice.vaults.filter((vault) => vault !== path);
  if (held.length > 0) await writeChoice(environment, { identity: false, vaults });
  return held.map((what) => ({ what, vault: path }));
}

function entryFor(what: KeychainChange["what"], path: string): Promise<KeychainEntry> {
  return what === "identity" ? identityEntry() : passphraseEntry(path);
}

function withPlace(choice: KeychainChoice, what: KeychainChange["what"], path: string): KeychainChoice {
  if (what === "identity") return { ...choice, identity: true };
  return { ...choice, vaults: [...new Set([...choice.vaults, path])] };
}

async function writeChoice(environment: Environment, choice: KeychainChoice): Promise<void> {
  const path = keychainChoicePath(environment);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFileWhole(path, `${JSON.stringify({ officeClaws: 1, ...choice })}\n`);
  } catch (error) {
    throw failure(`cannot write "${path}": ${codeOf(error) ?? "unknown cause"}`, "check the folder");
  }
}
