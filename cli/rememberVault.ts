// SPDX-License-Identifier: Apache-2.0
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Environment } from "./environment.ts";
import { causeInWords, codeOf } from "./errors.ts";
import { writeFileWhole } from "./fileWrite.ts";
import { knownFrom, knownVaultPath } from "./knownVault.ts";
import type { VaultDocument } from "./vaultDocument.ts";

/**
 * Remembers who can open the vault at the path, by whom it is signed for and how new it is.
 *
 * @returns why that cannot be; undefined when it is done
 */
export async function rememberVault(
  environment: Environment,
  vault: string,
  document: VaultDocument,
): Promise<string | undefined> {
  const path = knownVaultPath(environment, vault);
  if (path === undefined) return "neither XDG_STATE_HOME nor HOME is set";
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFileWhole(path, `${JSON.stringify({ officeClaws: 1, ...knownFrom(vault, document) })}\n`);
    return undefined;
  } catch (error) {
    return `"${path}": ${causeInWords(codeOf(error) ?? "unknown cause")}`;
  }
}
