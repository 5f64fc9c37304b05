// SPDX-License-Identifier: Apache-2.0
import type { DaemonStatus } from "../protocol/daemonStatus.ts";
import type { Receipt } from "../protocol/receipt.ts";
import { DaemonError, winnerOf, type Daemon } from "./daemonClient.ts";
import { UserError } from "./errors.ts";
import type { VaultKey } from "./vaultDocument.ts";

/** A delivery that succeeded. */
export interface Delivery {
  readonly result: "pushed" | "unchanged";
  /** The daemon's keyed fingerprint and audit entry. */
  readonly receipt: Pick<Receipt, "bootId" | "fingerprint" | "auditSequence">;
}

/** To whom, and how thoroughly. */
export interface DeliveryOptions {
  /** The node that must answer. */
  readonly nodeId: string;
  /** Versions below the new one must be gone, as at the end of a rotation; else they may stay when the caller may not revoke. */
  readonly mustDropOlder: boolean;
  /** Told when new requests of the agent use this version. */
  readonly onActive?: () => void;
}

/**
 * Puts one version of a key, makes it the active one and revokes the versions before it, which the vault no longer wants. Doing it
 * again changes nothing.
 *
 * @throws DaemonError when the daemon refuses or does not answer
 * @throws UserError when another node answers, or when the version is one that the daemon will never take again
 */
export async function deliverKey(
  daemon: Daemon,
  key: VaultKey,
  { nodeId, mustDropOlder, onActive }: DeliveryOptions,
): Promise<Delivery> {
  const before = await refuseOtherNode(daemon, key, nodeId);
  const put = await putKey(daemon, key);
  if (put.nodeId !== nodeId) throw otherNode(put.nodeId, nodeId);
  const active = put.active === key.version ? put : await daemon.activate(key.name, key.version);
  onActive?.();
  // What it held before is enough to know: nobody can add a version below the new one any more.
  const older = before === undefined ? undefined : versionsBelow(before, key);
  const dropped = await (older === undefined ? revokeOlder(daemon, key) : revokeEach(daemon, key.name, older)).catch(
    (error: unknown) => {
      if (!mustDropOlder && codeOf(error) === "access-denied") return false;
      throw error;
    },
  );
  const { bootId, fingerprint, auditSequence } = active;
  return {
    result: put.changed || active.changed || dropped ? "pushed" : "unchanged",
    receipt: { bootId, fingerprint, auditSequence },
  };
}

/** Asks who is there before the key goes out. A caller who may not see the status learns it from the receipt alone. */
async function refuseOtherNode(daemon: Daemon, key: VaultKey, nodeId: string): Promise<DaemonStatus | undefined> {
  const status = await daemon.status().catch((error: unknown) => {
    if (codeOf(error) === "access-denied") return undefined;
    throw error;
  });
  if (status === undefined) return undefined;
  if (status.nodeId !== nodeId) throw otherNode(status.nodeId, nodeId);
  refuseOver(key, status.startedAt);
  return status;
}

/** The agent's clock, not this machine's, ends keys: one that was over before the daemon started would arrive and never work. */
function refuseOver({ name, agent, notAfter }: VaultKey, startedAt: string): void {
  if (notAfter === null || Date.parse(notAfter) > Date.parse(startedAt)) return;
  throw new UserError(`its time was over at ${notAfter}, before the agent's daemon started at ${startedAt}`, [
    `if one of the clocks is wrong, set it; then store the key anew: claws keys set ${name} --agent ${agent} --valid-for 30d`,
  ]);
}

function otherNode(found: string, wanted: string): UserError {
  return new UserError(`another node answered: ${found} instead of ${wanted}`);
}

async function putKey(daemon: Daemon, key: VaultKey): Promise<Receipt> {
  const { name, provider, version, value, notAfter, limits } = key;
  const request = {
    ...{ name, provider, version, value },
    ...(notAfter === null ? {} : { notAfter }),
    ...(limits === undefined ? {} : { limits }),
  };
  return await daemon.put(request).catch(async (error: unknown) => {
    const code = codeOf(error);
    if (error instanceof DaemonError && (code === "stale-version" || code === "revoked-version"))
      throw await neverAgain(daemon, key, error);
    if (code !== "too-many-versions" || !(await revokeOlder(daemon, key))) throw error;
    return await daemon.put(request);
  });
}

/** Revokes the versions below this one, except the one in use. */
async function revokeOlder(daemon: Daemon, key: VaultKey): Promise<boolean> {
  const status = await daemon.status();
  const active = status.keys.find(({ name }) => name === key.name)?.active;
  return await revokeEach(
    daemon,
    key.name,
    versionsBelow(status, key).filter((one) => one !== active),
  );
}

async function revokeEach(daemon: Daemon, name: string, versions: readonly number[]): Promise<boolean> {
  for (const one of versions)
    await daemon.revoke(name, one).catch((error: unknown) => {
      // Somebody else, who pushes too, was faster.
      if (codeOf(error) !== "unknown-version") throw error;
    });
  return versions.length > 0;
}

function versionsBelow({ keys }: DaemonStatus, { name, version }: VaultKey): readonly number[] {
  const held = keys.find((one) => one.name === name)?.versions ?? [];
  return held.map((one) => one.version).filter((one) => one < version);
}

/** The daemon remembers versions over restarts, so a vault that began anew counts below them for ever. */
async function neverAgain(
  daemon: Daemon,
  { agent, name, version }: VaultKey,
  refusal: DaemonError,
): Promise<UserError> {
  const cause = refusal.code === "stale-version" ? "is too old for the agent" : "was revoked on the agent";
  const status = await daemon.status().catch(() => undefined);
  if (status === undefined)
    return new UserError(`version ${version} ${cause}, which does not tell how far it is`, [
      `store it anew and push again: claws keys set ${name} --agent ${agent} --version N, N above all that it has had`,
      ...winnerOf(refusal),
    ]);
  const highest = status.seen.find((one) => one.name === name)?.highest ?? version;
  return new UserError(`version ${version} ${cause}, which has seen version ${highest} of this key`, [
    `store it anew and push again: claws keys set ${name} --agent ${agent} --version ${highest + 1}`,
    ...winnerOf(refusal),
  ]);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof DaemonError ? error.code : undefined;
}
