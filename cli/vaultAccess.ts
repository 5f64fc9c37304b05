// SPDX-License-Identifier: Apache-2.0
import { text, type Values } from "./command.ts";
import type { Effects } from "./effects.ts";
import { vaultPath } from "./project.ts";
import type { VaultAccess } from "./vault.ts";

/** The vault that `--vault`, `--cwd` and the environment name, and how a person is asked for its passphrase. Nothing is opened yet. */
export function vaultAccess(
  values: Values,
  { environment, workingDirectory, terminal, readPassphrase }: Effects,
): VaultAccess {
  const path = vaultPath(workingDirectory, environment, { vault: text(values, "vault"), cwd: text(values, "cwd") });
  return { path, environment, readPassphrase, onNotice: terminal.notice };
}
