// SPDX-License-Identifier: Apache-2.0
import { withoutOlderVersions } from "./keyEntry.ts";
import type { PushResult } from "./pushKeys.ts";
import { updateVault, type VaultAccess } from "./vault.ts";
import { versionsOf, type VaultDocument } from "./vaultDocument.ts";

/** Drops from the vault the old versions of keys whose new version has arrived; writes nothing when there are none. */
export async function dropFinished(
  access: VaultAccess,
  document: VaultDocument,
  results: readonly PushResult[],
): Promise<void> {
  const arrived = results.filter(
    ({ agent, key, result }) =>
      (result === "pushed" || result === "unchanged") && versionsOf(document, agent, key).length > 1,
  );
  if (arrived.length === 0) return;
  await updateVault(access, (before) =>
    arrived.reduce(
      (after, { agent, key, version }) => withoutOlderVersions(after, { agent, name: key, version }),
      before,
    ),
  );
}
