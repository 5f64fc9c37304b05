// SPDX-License-Identifier: Apache-2.0
import type { Credential } from "./credentials.ts";
import type { OperatorKey } from "./operatorKey.ts";
import { withoutValue, type VaultDocument, type VaultKey } from "./vaultDocument.ts";

/** Whether two entries say the same of the same version, the value included. */
export function sameKey(a: VaultKey, b: VaultKey): boolean {
  return a.value.equals(b.value) && JSON.stringify(ordered(a)) === JSON.stringify(ordered(b));
}

/** Whether a key has the same versions on both sides, oldest first. */
export function sameVersions(a: readonly VaultKey[], b: readonly VaultKey[]): boolean {
  return a.length === b.length && a.every((key, index) => isSame(key, b[index], sameKey));
}

/** Whether two credentials have one value; when it was stored does not matter. */
export function sameCredential(a: Credential, b: Credential): boolean {
  return a.value.equals(b.value);
}

/** Whether two operator keys are one. */
export function sameOperator(a: OperatorKey, b: OperatorKey): boolean {
  return a.privateKey.equals(b.privateKey);
}

/** Compares what may be absent. */
export function isSame<T>(a: T | undefined, b: T | undefined, same: (a: T, b: T) => boolean): boolean {
  return a === undefined || b === undefined ? a === b : same(a, b);
}

/** The keys of the document by `agent/name`, the versions of each oldest first. */
export function keysById({ keys }: VaultDocument): ReadonlyMap<string, readonly VaultKey[]> {
  const groups = new Map<string, VaultKey[]>();
  for (const key of [...keys].sort((a, b) => a.version - b.version)) {
    const id = `${key.agent}/${key.name}`;
    groups.set(id, [...(groups.get(id) ?? []), key]);
  }
  return groups;
}

/** The names that any of the maps has, sorted. */
export function idsOf(...maps: readonly ReadonlyMap<string, unknown>[]): readonly string[] {
  return [...new Set(maps.flatMap((map) => [...map.keys()]))].sort();
}

function ordered(key: VaultKey): unknown {
  const { limits = {}, ...rest } = withoutValue(key);
  return [rest, Object.entries(limits).sort()];
}
