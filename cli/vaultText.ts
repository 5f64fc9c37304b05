// SPDX-License-Identifier: Apache-2.0
import { credentialsOf } from "./credentialEntry.ts";
import { UserError } from "./errors.ts";
import { termsInWords } from "./keyTerms.ts";
import { idsOf, keysById } from "./sameEntry.ts";
import { readVault, type VaultAccess } from "./vault.ts";
import type { VaultDocument } from "./vaultDocument.ts";

/** The text of a vault's file. @throws UserError when it cannot be opened, unless that is to be told in the text */
export async function textOfVault(access: VaultAccess, tellFailure: boolean): Promise<readonly string[]> {
  try {
    return renderVaultText(await readVault(access));
  } catch (error) {
    if (!tellFailure || !(error instanceof UserError)) throw error;
    // Without the path, which git makes up for each call.
    return [`a vault that is not opened here: ${error.message.replaceAll(`"${access.path}"`, "it")}`];
  }
}

/** What the vault holds, a line each, in an order that does not depend on its history, so that two such texts can be compared. */
export function renderVaultText(document: VaultDocument): readonly string[] {
  const keys = keysById(document);
  return [
    ...[...document.recipients].sort().map((recipient) => `recipient ${recipient}`),
    ...(document.operator === undefined ? [] : [`operator key ${document.operator.publicKey}`]),
    ...credentialsOf(document).map(({ name, updated }) => `credential ${name}: stored ${updated}`),
    ...idsOf(keys).flatMap((id) =>
      (keys.get(id) ?? []).map(
        ({ version, provider, created, notAfter, limits }) =>
          `key ${id}: version ${version}, ${provider}, created ${created}, ${termsInWords(notAfter, limits)}`,
      ),
    ),
  ];
}
