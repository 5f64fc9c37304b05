// SPDX-License-Identifier: Apache-2.0
import { credentialsOf } from "./credentialEntry.ts";
import { termsInWords } from "./keyTerms.ts";
import { idsOf, keysById } from "./sameEntry.ts";
import type { VaultDocument } from "./vaultDocument.ts";

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
