// SPDX-License-Identifier: Apache-2.0
import type { Operation } from "../../lab/providers/engine/resourceProvider.ts";

/** Returns what a call of the engine about a resource carries, with defaults for all that a test does not care about. */
export function providerOperation(changes: Partial<Operation> = {}): Operation {
  const type = changes.type ?? "digitalocean:index/droplet:Droplet";
  const name = changes.name ?? "a1";
  return {
    urn: `urn:pulumi:test::project::${type}::${name}`,
    type,
    name,
    preview: false,
    timeoutSeconds: 0,
    signal: new AbortController().signal,
    log: () => undefined,
    ...changes,
  };
}
