// SPDX-License-Identifier: Apache-2.0
import type { VaultKey } from "./vaultDocument.ts";

/** Two keys of one agent for one provider, of which the agent's daemon takes one. */
export interface Rivals {
  readonly agent: string;
  readonly provider: string;
  readonly names: readonly [string, string];
}

/** All that stand in each other's way. */
export function rivalsAmong(keys: readonly VaultKey[]): readonly Rivals[] {
  const first = new Map<string, string>();
  const rivals = new Map<string, Rivals>();
  for (const { agent, provider, name } of keys) {
    const place = `${agent}/${provider}`;
    const other = first.get(place) ?? name;
    first.set(place, other);
    if (other !== name) rivals.set(`${place}/${name}`, { agent, provider, names: [other, name] });
  }
  return [...rivals.values()];
}
