// SPDX-License-Identifier: Apache-2.0
import type { AuditEntry } from "../../protocol/auditEntry.ts";
import type { SeenKey } from "../../protocol/daemonStatus.ts";

interface Seen {
  readonly highest: number;
  readonly revoked: ReadonlySet<number>;
  /** Versions up to here were revoked together. */
  readonly revokedUpTo: number;
}

const NOTHING: Seen = { highest: 0, revoked: new Set(), revokedUpTo: 0 };

/**
 * Which versions of which keys have been here before, also in earlier starts of the daemon: it is fed with the audit log. So neither an
 * old vault nor a watcher that pushes after each reboot can bring back a version that was replaced or revoked.
 */
export class VersionMemory {
  readonly #seen = new Map<string, Seen>();

  /** Takes in an entry of the audit log. */
  note(entry: Pick<AuditEntry, "action" | "key" | "version" | "allowed">): void {
    if (!entry.allowed || entry.key === null) return;
    const seen = this.#seen.get(entry.key) ?? NOTHING;
    if (entry.action === "put")
      this.#seen.set(entry.key, { ...seen, highest: Math.max(seen.highest, entry.version ?? 0) });
    if (entry.action === "revoke") this.#seen.set(entry.key, withRevoked(seen, entry.version));
  }

  /** The highest version of each key, by name. */
  highest(): readonly SeenKey[] {
    return [...this.#seen]
      .map(([name, { highest }]) => ({ name, highest }))
      .sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  /** Why this version may not be put, if it was here before and is not held any more. */
  judge(name: string, version: number): "stale-version" | "revoked-version" | undefined {
    const { highest, revoked, revokedUpTo } = this.#seen.get(name) ?? NOTHING;
    if (revoked.has(version) || version <= revokedUpTo) return "revoked-version";
    return version < highest ? "stale-version" : undefined;
  }
}

function withRevoked(seen: Seen, version: number | null): Seen {
  return version === null
    ? { ...seen, revokedUpTo: seen.highest }
    : { ...seen, revoked: new Set([...seen.revoked, version]) };
}
