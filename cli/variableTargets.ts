// SPDX-License-Identifier: Apache-2.0
import type { Provider } from "../broker/provider.ts";
import { readProviderId } from "../protocol/names.ts";
import { ParseError } from "../protocol/parseError.ts";
import { CREDENTIAL_NAMES, type CredentialName } from "./credentials.ts";
import { UserError } from "./errors.ts";

/** What a variable of a foreign file becomes in the vault. */
export type VariableTarget = { readonly provider: string } | { readonly credential: CredentialName };

/** Variable name to target. */
export type TargetTable = ReadonlyMap<string, VariableTarget>;

/**
 * The names that need no `--map`: `<PROVIDER>_API_KEY` of each provider, the variables that the client recipes of one provider alone
 * name, and the cloud credentials.
 */
export function knownTargets(providers: readonly Provider[]): TargetTable {
  const named = providers.flatMap(({ id, clients }) =>
    [...new Set(clients.flatMap(({ settings }) => settings.flatMap(variablesIn)))].map((name) => ({ id, name })),
  );
  const ownOnly = named.filter(({ name }) => named.filter((other) => other.name === name).length === 1);
  return new Map<string, VariableTarget>([
    ...ownOnly.map(({ id, name }) => [name, { provider: id }] as const),
    ...providers.map(({ id }) => [`${id.toUpperCase().replaceAll("-", "_")}_API_KEY`, { provider: id }] as const),
    ...CREDENTIAL_NAMES.map((credential) => [credential, { credential }] as const),
  ]);
}

/** The table with the pairs of `--map VARIABLE=TARGET`, which win. @throws UserError when one is no such pair */
export function withMappings(table: TargetTable, mappings: readonly string[]): TargetTable {
  return new Map([...table, ...mappings.map(readMapping)]);
}

function variablesIn(setting: string): readonly string[] {
  const name = /^([A-Z][A-Z0-9_]*)=\{token\}$/.exec(setting)?.[1];
  return name === undefined ? [] : [name];
}

function readMapping(mapping: string): readonly [string, VariableTarget] {
  const [, name, target = ""] = /^([A-Za-z_][\w.-]{0,99})=(.+)$/.exec(mapping) ?? [];
  const credential = CREDENTIAL_NAMES.find((one) => one === target);
  if (name !== undefined && credential !== undefined) return [name, { credential }];
  if (name !== undefined && isProviderId(target)) return [name, { provider: target }];
  throw new UserError("--map must be VARIABLE=PROVIDER or VARIABLE=CREDENTIAL", [
    "as in --map GOOGLE_API_KEY=gemini, --map DO_TOKEN=DIGITALOCEAN_TOKEN",
  ]);
}

function isProviderId(text: string): boolean {
  try {
    return readProviderId(text, "") === text;
  } catch (error) {
    if (error instanceof ParseError) return false;
    throw error;
  }
}
