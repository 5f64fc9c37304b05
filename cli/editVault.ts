// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEditable, renderEditable } from "./editableText.ts";
import type { Effects } from "./effects.ts";
import { setting } from "./environment.ts";
import { ExitCode, failure, UserError } from "./errors.ts";
import { readGuardedFile } from "./fileRead.ts";
import { makeMemoryFolder, type MemoryFolder } from "./memoryFolder.ts";
import { editorOf, runEditor } from "./runEditor.ts";
import { readVault, updateVault, type VaultAccess } from "./vault.ts";
import { VAULT_LIMIT, type VaultDocument } from "./vaultDocument.ts";
import { mergeVaults } from "./vaultMerge.ts";

type EditEffects = Pick<Effects, "environment" | "signal" | "terminal" | "ask" | "now">;

/**
 * Lets a person edit the vault's keys and credentials as text that is on no disk, and saves what came of it.
 *
 * @returns whether anything was written
 * @throws UserError when there is no tmpfs or nobody to edit, when the editor fails, or when the text is wrong and nobody mends it
 */
export async function editVault(access: VaultAccess, effects: EditEffects): Promise<boolean> {
  refuseWithoutEditor(effects);
  const before = await readVault({ ...access, purpose: "change" });
  announceEditor(effects);
  const folder = makeMemoryFolder(effects.environment);
  // The last way out that a process has: also for a second Ctrl-C and for whatever nobody foresaw.
  process.once("exit", folder.remove);
  const quit = (): void => process.exit(ExitCode.interrupted);
  process.once("SIGQUIT", quit);
  try {
    const after = await editedDocument(before, folder, effects);
    if (after === undefined) return false;
    await save(access, before, after);
    return true;
  } finally {
    folder.remove();
    process.removeListener("exit", folder.remove);
    process.removeListener("SIGQUIT", quit);
  }
}

/** @returns undefined when the text was left as it was */
async function editedDocument(
  before: VaultDocument,
  folder: MemoryFolder,
  effects: EditEffects,
): Promise<VaultDocument | undefined> {
  const file = join(folder.path, `vault-${randomBytes(4).toString("hex")}.json`);
  const text = renderEditable(before);
  await writeFile(file, text, { mode: 0o600, flag: "wx" });
  for (;;) {
    await runEditor(file, folder.path, effects);
    // An editor may leave anything in its place: nothing at all, a link, a pipe that nobody writes to.
    const bytes = readGuardedFile(file, { what: "edited file", forbidden: 0, limit: 2 * VAULT_LIMIT });
    if (bytes === undefined) throw new UserError("the editor left no file", ["nothing was changed"]);
    if (bytes.equals(Buffer.from(text))) return undefined;
    try {
      return parseEditable(bytes, before, effects.now().toISOString());
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      await askForMore(error, effects);
    } finally {
      bytes.fill(0);
    }
  }
}

/** @throws UserError the same error when nobody wants to mend it */
async function askForMore(error: UserError, { terminal, ask }: EditEffects): Promise<void> {
  const wrong = new UserError(`cannot save the edited vault: ${error.message}`, [
    ...error.hints,
    "nothing was changed",
  ]);
  if (!terminal.canAsk) throw wrong;
  terminal.complain(wrong.message, error.hints);
  const answer = await ask("Edit it again? What you typed is lost otherwise. [Y/n] ");
  if (/^n/i.test(answer.trim())) throw new UserError("nothing was changed");
}

/** Nobody is locked out while a person edits: what others saved meanwhile is merged. */
async function save(access: VaultAccess, base: VaultDocument, theirs: VaultDocument): Promise<void> {
  await updateVault(access, (ours) => {
    const { document, conflicts } = mergeVaults({ base, ours, theirs, byReaders: true });
    if (conflicts.length === 0) return document;
    throw failure(
      "cannot save the edited vault: it was changed meanwhile",
      ...conflicts.map((conflict) => `conflict: ${conflict}`),
      "nothing was written; edit it again",
    );
  });
}

function refuseWithoutEditor({ environment, terminal }: EditEffects): void {
  const isNamed = (setting(environment, "VISUAL") ?? setting(environment, "EDITOR")) !== undefined;
  if (!terminal.canAsk && !isNamed)
    throw new UserError("cannot edit the vault: there is no terminal, and neither VISUAL nor EDITOR names a program", [
      "change single keys: claws keys set, claws vault import",
    ]);
}

function announceEditor({ environment, terminal }: EditEffects): void {
  terminal.notice(
    `opening ${editorOf(environment)}: it shows your keys, and what it keeps elsewhere than beside the file (swap, undo, backup) is on your disk`,
  );
}

/** What the command ends with. */
export function reportEdit(path: string, wasWritten: boolean, { print, notice }: EditEffects["terminal"]): ExitCode {
  if (wasWritten) print(`saved ${path}`);
  else notice("nothing was changed");
  return ExitCode.done;
}
