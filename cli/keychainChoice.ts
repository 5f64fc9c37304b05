// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { parseJson } from "../protocol/parseJson.ts";
import { ParseError } from "../protocol/parseError.ts";
import { readBoolean, readList, readObject, readOneOf, readText } from "../protocol/shape.ts";
import { setting, configFolder, type Environment } from "./environment.ts";
import { UserError } from "./errors.ts";
import { readGuardedFile } from "./fileRead.ts";

/** What the owner has put into the system's keychain. Nothing of it is secret. */
export interface KeychainChoice {
  readonly identity: boolean;
  /** Absolute paths of the vaults whose passphrases are there. */
  readonly vaults: readonly string[];
}

const LIMIT = 64 * 1024;
const nothing: KeychainChoice = { identity: false, vaults: [] };
const readChoice = readObject<KeychainChoice & { readonly officeClaws: 1 }>({
  officeClaws: readOneOf([1]),
  identity: readBoolean,
  vaults: readList(readText(4096, /^[^\0]+$/, "a path"), 1000),
});

/** Where the choice stands: beside the identity file. */
export function keychainChoicePath(environment: Environment): string {
  return join(configFolder(environment), "office-claws", "keychain.json");
}

/** Reads what the keychain holds, without asking it: a keychain that was never chosen is never touched. */
export function readKeychainChoice(environment: Environment): KeychainChoice {
  if (setting(environment, "XDG_CONFIG_HOME") === undefined && setting(environment, "HOME") === undefined)
    return nothing;
  const path = keychainChoicePath(environment);
  const bytes = readGuardedFile(path, { what: "keychain choice", forbidden: 0o022, limit: LIMIT, followLink: true });
  if (bytes === undefined) return nothing;
  try {
    const { identity, vaults } = readChoice(parseJson(bytes, { maxBytes: LIMIT, maxDepth: 2 }), "");
    return { identity, vaults };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new UserError(`cannot use the file "${path}": ${error.message}`, [
      "remove it, then store in the keychain again: claws vault keychain store",
    ]);
  }
}
