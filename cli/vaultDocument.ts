// SPDX-License-Identifier: Apache-2.0
import { readKeyLimits, type KeyLimits } from "../protocol/keyLimits.ts";
import { readKeyValue } from "../protocol/keyValue.ts";
import { readAgentName, readKeyName } from "../protocol/names.ts";
import { ParseError } from "../protocol/parseError.ts";
import { parseJson } from "../protocol/parseJson.ts";
import type { Sensitive } from "../protocol/sensitive.ts";
import { nullOr, optional, readList, readObject, readOneOf, readText, readWhole } from "../protocol/shape.ts";
import { readTime } from "../protocol/time.ts";
import { readCredential, type Credential } from "./credentials.ts";
import { UserError } from "./errors.ts";
import { readOperatorKey, type OperatorKey } from "./operatorKey.ts";

/** One version of a provider key for one agent. */
export interface VaultKey {
  readonly name: string;
  readonly provider: string;
  readonly agent: string;
  readonly value: Sensitive;
  /** From 1 up; a number is never used again for another value. */
  readonly version: number;
  /** RFC 3339. */
  readonly created: string;
  /** From then on the agent's broker does not lend it; null for 30 days from each push. RFC 3339. */
  readonly notAfter: string | null;
  /** What the agent may spend with it on a day; absent for no limit. */
  readonly limits?: KeyLimits;
}

/**
 * What the vault holds. A key of an agent has one entry; while it is being replaced it has two, the higher version being the
 * new one, until every agent's daemon has dropped the old.
 */
export interface VaultDocument {
  readonly recipients: readonly string[];
  readonly keys: readonly VaultKey[];
  /** What the CLI uses of the clouds when its environment does not say; absent for none. */
  readonly credentials?: readonly Credential[];
  /** What pushes are signed with; absent in vaults that were made without. */
  readonly operator?: OperatorKey;
  /** How often it was saved: tells an older state from a newer one. Absent in vaults that were saved by releases that did not count. */
  readonly revision?: number;
}

/** Largest vault, in bytes: hundreds of agents. */
export const VAULT_LIMIT = 4 * 1024 * 1024;

const readDocument = readObject<VaultDocument & { readonly officeClaws: 1 }>({
  officeClaws: readOneOf([1]),
  recipients: readList(readText(4096, /^age1[a-z0-9]+$/, "an age recipient"), 100),
  keys: readList(
    readObject<VaultKey>({
      name: readKeyName,
      // Not only the providers that this release knows: a newer one may have written the vault.
      provider: readKeyName,
      agent: readAgentName,
      value: readKeyValue,
      version: readWhole(1),
      created: readTime,
      notAfter: nullOr(readTime),
      limits: optional(readKeyLimits),
    }),
    10_000,
  ),
  credentials: optional(readList(readCredential, 100)),
  operator: optional(readOperatorKey),
  revision: optional(readWhole(1)),
});

/** What may be shown of an entry that is wrong: a name, and not a key in its place. */
const nameToShow = readText(40, /^(?!(?:sk|gsk|pk|xai|hf|key|api)[-_])(?:[a-z][a-z0-9-]*|[A-Z][A-Z_]*)$/);
const readNames = readObject<{ readonly name: string; readonly agent?: string }>(
  { name: nameToShow, agent: optional(nameToShow) },
  { others: "ignore" },
);

/**
 * Reads the decrypted text of a vault, strictly: no unknown, missing or duplicate member, no key twice.
 *
 * @throws UserError that names the place and the rule, never a value.
 */
export function parseVaultDocument(bytes: Uint8Array): VaultDocument {
  let json: unknown;
  try {
    json = parseJson(bytes, { maxBytes: VAULT_LIMIT, maxDepth: 4, sensitiveMembers: ["value", "privateKey"] });
    refuseOtherVersions(json);
    const { recipients, keys, credentials, operator, revision } = readDocument(json, "");
    refuseRepeatedKeys(keys);
    refuseRepeatedCredentials(credentials ?? []);
    return {
      recipients,
      keys,
      ...(credentials === undefined ? {} : { credentials }),
      ...(operator === undefined ? {} : { operator }),
      ...(revision === undefined ? {} : { revision }),
    };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const whose = entryAt(json, error.path);
    throw new UserError(`its content is not a vault of version 1: ${error.message}${whose}`);
  }
}

/** The text of a vault, values included: it goes to the encryption and nowhere else. */
export function renderVaultDocument(document: VaultDocument): string {
  const { recipients, operator, revision } = document;
  const keys = document.keys.map(withPlainValue);
  const credentials =
    document.credentials === undefined ? {} : { credentials: document.credentials.map(withPlainValue) };
  const signing = operator === undefined ? {} : { operator: { ...operator, privateKey: operator.privateKey.reveal() } };
  const count = revision === undefined ? {} : { revision };
  return JSON.stringify({ officeClaws: 1, recipients, keys, ...credentials, ...signing, ...count });
}

/** The newest version of each key, sorted by agent and name. */
export function currentKeys(document: VaultDocument): readonly VaultKey[] {
  const newest = new Map<string, VaultKey>();
  for (const key of document.keys) {
    const id = `${key.agent}/${key.name}`;
    if ((newest.get(id)?.version ?? 0) < key.version) newest.set(id, key);
  }
  return [...newest.values()].sort((a, b) => (`${a.agent}/${a.name}` < `${b.agent}/${b.name}` ? -1 : 1));
}

/** What may be shown of a key. */
export function withoutValue(key: VaultKey): Omit<VaultKey, "value"> {
  const { name, provider, agent, version, created, notAfter, limits } = key;
  return { name, provider, agent, version, created, notAfter, ...(limits === undefined ? {} : { limits }) };
}

/** All versions of one key, oldest first. */
export function versionsOf(document: VaultDocument, agent: string, name: string): readonly VaultKey[] {
  return document.keys.filter((key) => key.agent === agent && key.name === name).sort((a, b) => a.version - b.version);
}

/** Which key or credential stands at a path like `keys[3].value`, by its name, as far as that is one. */
function entryAt(json: unknown, path: string): string {
  const [, list = "", index = ""] = /^(keys|credentials)\[(\d+)\]/.exec(path) ?? [];
  const entries: unknown = typeof json === "object" && json !== null ? Reflect.get(json, list) : undefined;
  try {
    const { name, agent } = readNames(Array.isArray(entries) ? entries[Number(index)] : undefined, "");
    return agent === undefined ? ` (${name})` : ` (key "${name}" of agent "${agent}")`;
  } catch {
    return "";
  }
}

function withPlainValue({ value, ...rest }: VaultKey | Credential): object {
  return { ...rest, value: value.reveal() };
}

function refuseOtherVersions(json: unknown): void {
  const version: unknown = typeof json === "object" && json !== null && "officeClaws" in json ? json.officeClaws : 1;
  if (typeof version === "number" && Number.isSafeInteger(version) && version > 1) {
    throw new UserError(`it is a vault of version ${version}, and this release reads version 1`, [
      "install a newer release of office-claws",
    ]);
  }
}

function refuseRepeatedKeys(keys: readonly VaultKey[]): void {
  const seen = new Set<string>();
  for (const { agent, name, version } of keys) {
    const id = `${agent}/${name}/${version}`;
    if (seen.has(id)) throw new UserError(`it holds version ${version} of key "${name}" for agent "${agent}" twice`);
    seen.add(id);
  }
}

function refuseRepeatedCredentials(credentials: readonly Credential[]): void {
  const names = credentials.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new UserError(`it holds the credential ${repeated} twice`);
}
