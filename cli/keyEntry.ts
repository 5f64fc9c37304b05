// SPDX-License-Identifier: Apache-2.0
import { ParseError } from "../protocol/parseError.ts";
import { readAgentName, readKeyName, readProviderId } from "../protocol/names.ts";
import { PROVIDER_IDS } from "../protocol/constants.ts";
import type { Sensitive } from "../protocol/sensitive.ts";
import type { Reader } from "../protocol/shape.ts";
import { UserError } from "./errors.ts";
import { changedLimits, type KeyTerms } from "./keyTerms.ts";
import { versionsOf, type VaultDocument, type VaultKey } from "./vaultDocument.ts";

/** Which key of which agent, checked. */
export interface KeyTarget {
  readonly name: string;
  readonly agent: string;
  /** Absent: the one that the key has already, else the provider named like the key. */
  readonly provider?: string;
}

/** Checks the words that name a key. @throws UserError that names the field; a name that may be a pasted key is not shown. */
export function checkTarget(name: string, agent: string, provider?: string): KeyTarget {
  refuseKeyAsName(name);
  check("NAME", readKeyName, name);
  check("--agent", readAgentName, agent);
  if (provider === undefined) return { name, agent };
  check("--provider", readProviderId, provider);
  return { name, agent, provider };
}

/** Checks an agent's name alone. @throws UserError that names the option */
export function checkAgent(agent: string): void {
  check("--agent", readAgentName, agent);
}

/** A key as it goes into the vault. */
export interface NewVersion extends KeyTarget {
  readonly value: Sensitive;
  readonly created: string;
  /** Lowest number that the version may get, for an agent that has seen higher ones than the vault. @default 1 */
  readonly atLeast?: number;
  /** Absent: for 30 days from each push, with the limits of the version before. */
  readonly terms?: KeyTerms;
}

/** The document with one more version of the key. The versions in `keep` of it stay beside the new one; all others go. */
export function withNewVersion(document: VaultDocument, entry: NewVersion, keep: "newest" | "none"): VaultDocument {
  const versions = versionsOf(document, entry.agent, entry.name);
  const newest = versions.at(-1);
  const limits = changedLimits(newest?.limits, entry.terms?.limits ?? {});
  const added: VaultKey = {
    name: entry.name,
    agent: entry.agent,
    provider: providerOf(document, entry),
    value: entry.value,
    version: Math.max((newest?.version ?? 0) + 1, entry.atLeast ?? 1),
    created: entry.created,
    notAfter: entry.terms?.notAfter ?? null,
    ...(limits === undefined ? {} : { limits }),
  };
  refuseSecondName(document, added);
  const kept = keep === "newest" && newest !== undefined ? [newest] : [];
  return { ...document, keys: [...document.keys.filter((key) => !versions.includes(key)), ...kept, added] };
}

/** The provider that a new version of the key will be for. @throws UserError when nothing says it */
export function providerOf(document: VaultDocument, { agent, name, provider }: KeyTarget): string {
  return provider ?? versionsOf(document, agent, name).at(-1)?.provider ?? providerNamed(name);
}

/** The document without the versions of the key below `version`. */
export function withoutOlderVersions(
  document: VaultDocument,
  { agent, name, version }: Pick<VaultKey, "agent" | "name" | "version">,
): VaultDocument {
  return {
    ...document,
    keys: document.keys.filter((key) => key.agent !== agent || key.name !== name || key.version >= version),
  };
}

/** The document without any version of the key. @throws UserError when it has none */
export function withoutKey(document: VaultDocument, { agent, name }: KeyTarget): VaultDocument {
  const keys = document.keys.filter((key) => key.agent !== agent || key.name !== name);
  if (keys.length === document.keys.length)
    throw new UserError(`the vault has no key "${name}" for agent "${agent}"`, ["claws keys list"]);
  return { ...document, keys };
}

/** Reads `--version`. @throws UserError when it is no whole number from 1 up */
export function checkVersion(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UserError("--version must be a whole number from 1 up");
}

/** @throws UserError when the vault's newest version of the key is not below this one: no number is used twice */
export function refuseUsedVersion(document: VaultDocument, { agent, name }: KeyTarget, version: number): void {
  const newest = versionsOf(document, agent, name).at(-1)?.version ?? 0;
  if (version <= newest)
    throw new UserError(`--version ${version} is not above version ${newest} of key "${name}" in the vault`, [
      "leave --version out to get the next one",
    ]);
}

function providerNamed(name: string): string {
  if (PROVIDER_IDS.includes(name)) return name;
  throw new UserError(`which provider is key "${name}" for?`, [
    `name it with --provider: ${PROVIDER_IDS.join(", ")}, or one of the stack's customProviders`,
  ]);
}

/** The daemon takes one key a provider; a second would only fail at the push. */
function refuseSecondName(document: VaultDocument, added: VaultKey): void {
  const other = document.keys.find(
    (key) => key.agent === added.agent && key.provider === added.provider && key.name !== added.name,
  );
  if (other === undefined) return;
  throw new UserError(`agent "${added.agent}" already has key "${other.name}" for provider "${added.provider}"`, [
    `an agent has one key a provider; store it as "${other.name}"`,
  ]);
}

function refuseKeyAsName(name: string): void {
  if (name.length < 24 || !/^(?:sk|gsk|xai|pplx|key|api|ag)[-_]/i.test(name)) return;
  throw new UserError("NAME looks like the key itself (not shown)", [
    "give a name, such as anthropic, and pipe the key to the command",
    "the key is now in your shell's history and was visible in the process list: replace it",
  ]);
}

function check(field: string, reader: Reader<string>, value: string): void {
  try {
    reader(value, field);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const rule = error.message.replace(/^cannot read "[^"]*": it /, "");
    throw new UserError(`${field} ${rule}`);
  }
}
