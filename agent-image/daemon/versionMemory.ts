// SPDX-License-Identifier: Apache-2.0
import type { AuditEntry } from "../../protocol/auditEntry.ts";
import type { SeenKey } from "../../protocol/daemonStatus.ts";
import type { Winner } from "../../protocol/errorReply.ts";

/** What of an entry matters here. */
export type Noted = Pick<AuditEntry, "action" | "key" | "version" | "allowed" | "time"> & {
  readonly caller: Pick<AuditEntry["caller"], "name" | "nodeId">;
};

interface Seen {
  readonly highest: number;
  readonly revoked: ReadonlySet<number>;
  /** Versions up to here were revoked together. */
  readonly revokedUpTo: number;
  /** The last put of each version that was not revoked. */
  readonly puts: ReadonlyMap<number, Omit<Winner, "version">>;
}

const NOTHING: Seen = { highest: 0, revoked: new Set(), revokedUpTo: 0, puts: new Map() };

/**
 * Which versions of which keys have been here before, also in earlier starts of the daemon: it is fed with the audit log. So neither an
 * old vault nor a watcher that pushes after each reboot can bring back a version that was replaced or revoked.
 */
export class VersionMemory {
  readonly #seen = new Map<string, Seen>();

  /** Takes in an entry of the audit log. */
  note(entry: Noted): void {
    if (!entry.allowed || entry.key === null) return;
    const seen = this.#seen.get(entry.key) ?? NOTHING;
    if (entry.action === "put") this.#seen.set(entry.key, withPut(seen, entry));
    if (entry.action === "revoke") this.#seen.set(entry.key, withRevoked(seen, entry.version));
  }

  /** The highest version of each key, by name. */
  highest(): readonly SeenKey[] {
    return [...this.#seen]
      .map(([name, { highest }]) => ({ name, highest }))
      .sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  /** Who put this version of a key, or its highest one, if it was not revoked since. */
  winner(name: string, version?: number): Winner | undefined {
    const seen = this.#seen.get(name) ?? NOTHING;
    const number = version ?? seen.highest;
    const put = seen.puts.get(number);
    return put === undefined ? undefined : { version: number, ...put };
  }

  /** Why this version may not be put, if it was here before and is not held any more. */
  judge(name: string, version: number): "stale-version" | "revoked-version" | undefined {
    const { highest, revoked, revokedUpTo } = this.#seen.get(name) ?? NOTHING;
    if (revoked.has(version) || version <= revokedUpTo) return "revoked-version";
    return version < highest ? "stale-version" : undefined;
  }
}

function withPut(seen: Seen, { version, caller, time }: Noted): Seen {
  const number = version ?? 0;
  const by = caller.name === "" ? caller.nodeId : caller.name;
  const puts = new Map(seen.puts).set(number, { by, at: time });
  return { ...seen, highest: Math.max(seen.highest, number), puts };
}

function withRevoked(seen: Seen, version: number | null): Seen {
  if (version === null) return { ...seen, revokedUpTo: seen.highest, puts: new Map() };
  const puts = new Map([...seen.puts].filter(([number]) => number !== version));
  return { ...seen, revoked: new Set([...seen.revoked, version]), puts };
}
