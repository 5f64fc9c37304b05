// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "./errors.ts";
import { fileAt } from "./git.ts";
import { readVault, type VaultAccess } from "./vault.ts";
import type { VaultDocument } from "./vaultDocument.ts";

/** A vault before its first commit. */
const EMPTY: VaultDocument = { recipients: [], keys: [] };

/** The two states that `claws vault diff` compares. */
export interface TwoStates {
  readonly before: VaultDocument;
  readonly after: VaultDocument;
}

/** The vault at a commit and the one on disk, or at two commits: `REV`, `REV..REV`. @throws UserError when one cannot be opened */
export async function statesOfRevisions(access: VaultAccess, revisions: string): Promise<TwoStates> {
  const [from = "", to] = revisions.split("..");
  const at = async (revision: string): Promise<VaultDocument> =>
    await vaultAt(access, revision === "" ? "HEAD" : revision);
  return {
    before: await at(from),
    after: to === undefined ? await readVault({ ...access, purpose: "show" }) : await at(to),
  };
}

/** Two files. @throws UserError when one cannot be opened, or when there are not two */
export async function statesOfFiles(access: VaultAccess, files: readonly string[]): Promise<TwoStates> {
  const [before, after, ...more] = files;
  if (before === undefined || after === undefined || more.length > 0)
    throw new UserError(`two files are compared, but ${files.length} are named`, [
      "claws vault diff -- OLD.age NEW.age",
    ]);
  return {
    before: await readVault({ ...access, path: before, purpose: "copy" }),
    after: await readVault({ ...access, path: after, purpose: "copy" }),
  };
}

async function vaultAt(access: VaultAccess, revision: string): Promise<VaultDocument> {
  const bytes = await fileAt(access.path, revision, access.environment);
  if (bytes === undefined) return EMPTY;
  // As encrypted as it is in the repository.
  const folder = await mkdtemp(join(tmpdir(), "office-claws-"));
  try {
    const path = join(folder, "vault.age");
    await writeFile(path, bytes, { mode: 0o600 });
    return await readVault({ ...access, path, copyOf: access.path, purpose: "copy" });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const cause = error.message.replace(/^.*?": /, "");
    throw new UserError(`cannot open the vault of revision "${revision}": ${cause}`, error.hints, error.exitCode);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
