// SPDX-License-Identifier: Apache-2.0
import { UserError } from "./errors.ts";
import { withoutOlderVersions } from "./keyEntry.ts";
import type { PushResult } from "./pushKeys.ts";
import type { Terminal } from "./terminal.ts";
import { updateVault, type VaultAccess } from "./vault.ts";
import { versionsOf, type VaultDocument } from "./vaultDocument.ts";

/**
 * Drops from the vault the old versions of keys whose new version has arrived; writes nothing when there are none.
 * A vault that takes no change is told, no error: the agents have their keys.
 */
export async function dropFinished(
  access: VaultAccess,
  document: VaultDocument,
  results: readonly PushResult[],
  terminal: Pick<Terminal, "notice">,
): Promise<void> {
  const arrived = results.filter(
    ({ agent, key, result }) =>
      (result === "pushed" || result === "unchanged") && versionsOf(document, agent, key).length > 1,
  );
  if (arrived.length === 0) return;
  const change = (before: VaultDocument): VaultDocument =>
    arrived.reduce(
      (after, { agent, key, version }) => withoutOlderVersions(after, { agent, name: key, version }),
      before,
    );
  await updateVault(access, change).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    terminal.notice("the keys have arrived, and the vault keeps their old versions as well:");
    for (const line of [error.message, ...error.hints]) terminal.notice(line);
  });
}
