// SPDX-License-Identifier: Apache-2.0
import type { KeyLimits } from "../../protocol/keyLimits.ts";
import type { Sensitive } from "../../protocol/sensitive.ts";
import type { KeyExpiry } from "../../broker/keyExpiry.ts";

/** One version of a key in the daemon's memory. */
export interface HeldVersion {
  readonly version: number;
  readonly value: Sensitive;
  readonly putAt: string;
  readonly expiry: KeyExpiry;
}

/** A key in the daemon's memory. */
export interface HeldKey {
  readonly name: string;
  readonly provider: string;
  readonly active: number;
  /** In order of version; holds the active one. */
  readonly versions: readonly HeldVersion[];
  /** Of all versions together; empty when there is none. */
  readonly limits: KeyLimits;
}

/** The version of that number, if it is held. */
export function findVersion(key: HeldKey | undefined, version: number): HeldVersion | undefined {
  return key?.versions.find((held) => held.version === version);
}

/** The same key with this version added, or put in the place of the one with its number. */
export function withVersion(key: HeldKey, added: HeldVersion): HeldKey {
  const others = key.versions.filter(({ version }) => version !== added.version);
  return { ...key, versions: [...others, added].sort((left, right) => left.version - right.version) };
}

/** The same key without this version. */
export function withoutVersion(key: HeldKey, version: number): HeldKey {
  return { ...key, versions: key.versions.filter((held) => held.version !== version) };
}
