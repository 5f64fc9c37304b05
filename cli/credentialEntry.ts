// SPDX-License-Identifier: Apache-2.0
import { missingFrom, refuseBothKinds, type Credential, type CredentialName } from "./credentials.ts";
import type { Environment } from "./environment.ts";
import { UserError } from "./errors.ts";
import type { VaultDocument } from "./vaultDocument.ts";

/** The vault's credentials, sorted by name. */
export function credentialsOf({ credentials = [] }: VaultDocument): readonly Credential[] {
  return [...credentials].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The document with this credential in place of the one of that name. @throws UserError when the vault would hold two that exclude each other */
export function withCredential(document: VaultDocument, credential: Credential): VaultDocument {
  const others = credentialsOf(document).filter(({ name }) => name !== credential.name);
  const credentials = [...others, credential];
  refuseBothKinds(credentials);
  return { ...document, credentials };
}

/** The document without the credential. @throws UserError when it has none of that name */
export function withoutCredential(document: VaultDocument, name: CredentialName): VaultDocument {
  const all = credentialsOf(document);
  const credentials = all.filter((one) => one.name !== name);
  if (credentials.length === all.length)
    throw new UserError(`the vault has no credential ${name}`, ["claws vault credentials list"]);
  return { ...document, credentials };
}

/** Those of the vault's credentials that are wanted, as variables: for one child process, or for one client of ours. */
export function asVariables(document: VaultDocument, wanted: readonly string[]): Readonly<Record<string, string>> {
  const used = credentialsOf(document).filter(({ name }) => wanted.includes(name));
  return Object.fromEntries(used.map(({ name, value }) => [name, value.reveal()]));
}

/** How many credentials there are, and which of them the environment has too, which wins; nothing when there are none. */
export function credentialsInWords(document: VaultDocument, environment: Environment): string {
  const names = credentialsOf(document).map(({ name }) => name);
  if (names.length === 0) return "";
  const missing = missingFrom(environment);
  const unused = names.filter((name) => !missing.includes(name));
  const count = ` and ${names.length} cloud ${names.length === 1 ? "credential" : "credentials"}`;
  return unused.length === 0 ? count : `${count} (not used, because the environment wins: ${unused.join(", ")})`;
}

/** What may be shown of a credential. */
export function shownCredential({ name, updated }: Credential): Omit<Credential, "value"> {
  return { name, updated };
}
