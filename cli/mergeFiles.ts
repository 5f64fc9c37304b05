// SPDX-License-Identifier: Apache-2.0
import { statSync } from "node:fs";
import { failure, UserError } from "./errors.ts";
import type { Terminal } from "./terminal.ts";
import { readVault, updateVault, type VaultAccess } from "./vault.ts";
import { diffVaults } from "./vaultDiff.ts";
import type { VaultDocument } from "./vaultDocument.ts";
import { mergeVaults, type Merged } from "./vaultMerge.ts";

/** The files of a merge, as git names them: `%O %A %B %P`. */
export interface MergeFiles {
  readonly base: string;
  /** Gets the result. */
  readonly ours: string;
  readonly theirs: string;
  /** What the file is called in the repository. */
  readonly name: string;
  /** Where it is in the work tree; absent when nobody says. */
  readonly vault?: string;
}

/** @throws UserError when there are not three files and perhaps a name */
export function mergeFilesOf(words: readonly string[], absolute: (file: string) => string): MergeFiles {
  const [base, ours, theirs, name, ...more] = words;
  if (base === undefined || ours === undefined || theirs === undefined || more.length > 0)
    throw new UserError(`BASE, OURS, THEIRS and perhaps PATH are needed, but ${words.length} words are there`, [
      "git calls it so, once it is set up: claws vault git-setup",
    ]);
  const files = { base: absolute(base), ours: absolute(ours), theirs: absolute(theirs) };
  // git calls a driver at the top of the work tree, from where its path counts.
  return name === undefined ? { ...files, name: ours } : { ...files, name, vault: absolute(name) };
}

/**
 * Merges THEIRS into OURS, encrypts the result for the merged recipients, and checks that it opens again.
 *
 * @throws UserError (exit 1) that names each conflict; OURS is then as it was
 */
export async function mergeVaultFiles(
  files: MergeFiles,
  access: Omit<VaultAccess, "path">,
  { notice }: Pick<Terminal, "notice">,
): Promise<void> {
  const at = (path: string): VaultAccess => ({ ...access, path, copyOf: files.vault, purpose: "copy" });
  const base = isEmpty(files.base) ? undefined : await readVault(at(files.base));
  const theirs = await readVault(at(files.theirs));
  let news: readonly string[] = [];
  await updateVault(at(files.ours), (ours) => {
    const merged = mergeVaults({ base, ours, theirs });
    if (merged.conflicts.length > 0) throw conflictError(files.name, merged.conflicts);
    news = newsOf(ours, merged);
    return merged.document;
  });
  for (const line of news) notice(`${files.name}: merged ${line}`);
}

/** What gives power to somebody else, and so is never taken in silence. */
function newsOf(ours: VaultDocument, { document, newRecipients }: Merged): readonly string[] {
  const { operator, credentials } = diffVaults(ours, document);
  return [
    ...newRecipients.map((recipient) => `a new recipient, who can read every key in it: ${recipient}`),
    ...(operator === undefined
      ? []
      : [`another operator key: ${operator.before ?? "none"} -> ${operator.after ?? "none"}`]),
    ...credentials.map(({ name, change }) => `a credential that the other side has ${change}: ${name}`),
  ];
}

/** git gives an empty file when the two branches have no common one. */
function isEmpty(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.size === 0;
}

function conflictError(name: string, conflicts: readonly string[]): UserError {
  return failure(
    `cannot merge the vault "${name}"`,
    ...conflicts.map((conflict) => `conflict: ${conflict}`),
    "your side is untouched in the work tree; store there what is right, then git add it",
  );
}
