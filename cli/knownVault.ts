// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { readPublicKey } from "../protocol/ed25519.ts";
import { ParseError } from "../protocol/parseError.ts";
import { parseJson } from "../protocol/parseJson.ts";
import { nullOr, readList, readObject, readOneOf, readText, readWhole } from "../protocol/shape.ts";
import { setting, type Environment } from "./environment.ts";
import { UserError } from "./errors.ts";
import { readGuardedFile } from "./fileRead.ts";
import type { VaultDocument } from "./vaultDocument.ts";

/** What this machine last accepted of the vault at a path. Nothing of it is secret, but whoever could change it could hide a change. */
export interface KnownVault {
  /** The absolute path. */
  readonly vault: string;
  readonly recipients: readonly string[];
  /** Public half of the operator key, whose private half only readers of the vault have. */
  readonly operator: string | null;
  /** 0 for a vault that was never saved by a release that counts. */
  readonly revision: number;
}

const LIMIT = 512 * 1024;
const readKnown = readObject<KnownVault & { readonly officeClaws: 1 }>({
  officeClaws: readOneOf([1]),
  vault: readText(4096, /^[^\0]+$/, "a path"),
  recipients: readList(readText(4096, /^age1[a-z0-9]+$/, "an age recipient"), 100),
  operator: nullOr(readPublicKey),
  revision: readWhole(0),
});

/** The user's state folder: `$XDG_STATE_HOME`, else `%LOCALAPPDATA%` on Windows and `~/.local/state` elsewhere; undefined without a home. */
export function stateFolder(
  environment: Environment,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  const named = setting(environment, "XDG_STATE_HOME");
  if (named !== undefined) return named;
  const home = setting(environment, platform === "win32" ? "LOCALAPPDATA" : "HOME");
  return home === undefined || platform === "win32" ? home : join(home, ".local", "state");
}

/** The file about one vault: each has its own, so that two commands never write the same one. */
export function knownVaultPath(environment: Environment, vault: string): string | undefined {
  const folder = stateFolder(environment);
  const name = createHash("sha256").update(resolve(vault)).digest("hex").slice(0, 32);
  return folder === undefined ? undefined : join(folder, "office-claws", "vaults", `${name}.json`);
}

/** What would be remembered of this content. */
export function knownFrom(vault: string, { recipients, operator, revision = 0 }: VaultDocument): KnownVault {
  return { vault: resolve(vault), recipients, operator: operator?.publicKey ?? null, revision };
}

/** @returns undefined for a vault that this machine has not seen @throws UserError when the file is damaged or could be another user's work */
export function readKnownVault(environment: Environment, vault: string): KnownVault | undefined {
  const path = knownVaultPath(environment, vault);
  if (path === undefined) return undefined;
  try {
    const bytes = readGuardedFile(path, { what: "file", forbidden: 0o022, limit: LIMIT });
    return bytes === undefined ? undefined : parseKnownVault(bytes, resolve(vault));
  } catch (error) {
    if (!(error instanceof UserError) && !(error instanceof ParseError)) throw error;
    const cause = error.message.replace(/^cannot (?:use|open) file "[^"]*": /, "");
    throw new UserError(`cannot tell whether the vault changed hands: cannot use "${path}": ${cause}`, [
      "look who can open the vault: claws vault recipients list",
      "if that is right, write that file anew: claws vault recipients accept",
    ]);
  }
}

/** @throws ParseError that names the place and the rule, also for the memory of another vault */
export function parseKnownVault(bytes: Uint8Array, vault: string): KnownVault {
  const known = readKnown(parseJson(bytes, { maxBytes: LIMIT, maxDepth: 2 }), "");
  if (known.vault !== vault) throw new ParseError("vault", `must be ${vault}`);
  const { recipients, operator, revision } = known;
  return { vault, recipients, operator, revision };
}

/** Whether nothing at all has changed: the common case, told without loading anything more. */
export function isAsKnown(known: KnownVault, document: VaultDocument): boolean {
  const { recipients, operator, revision } = knownFrom(known.vault, document);
  return (
    known.revision === revision &&
    known.operator === operator &&
    known.recipients.length === recipients.length &&
    known.recipients.every((recipient, index) => recipient === recipients[index])
  );
}
