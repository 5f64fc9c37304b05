// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { causeInWords, codeOf, failure, UserError } from "./errors.ts";
import { readGuardedFile } from "./fileRead.ts";
import { judgeChange, judgeVault, rememberSaved, type Purpose } from "./judgeVault.ts";
import { parseVaultDocument, VAULT_LIMIT, type VaultDocument } from "./vaultDocument.ts";
import { cannotOpen, unlock, type VaultDoor, type VaultKeys } from "./vaultKeys.ts";

/** What {@link updateVault} needs besides the change. */
export interface VaultAccess extends VaultDoor {
  /** How long to wait for another writer, in milliseconds. @default 5000 */
  readonly waitMilliseconds?: number;
  /** Told when a dead process's lock was taken over. */
  readonly onNotice?: (notice: string) => void;
  /** What it is opened for, and so what it takes when others have changed it. @default "use" */
  readonly purpose?: Purpose;
}

/** What {@link updateVault} does otherwise than usual. */
export interface VaultUpdate {
  /** What must open the vault afterwards, if that is something else than what opens it now. */
  readonly keysAfterwards?: (now: VaultKeys) => VaultKeys | Promise<VaultKeys>;
  /** Whether to write it even if the caller cannot open it afterwards. @default never */
  readonly mayLockOut?: (changed: VaultDocument) => boolean;
}

/**
 * Reads and decrypts the vault, which is not written.
 *
 * @throws UserError (exit 2) that names the file and the cause when it is missing, empty, cut off, damaged, not for this identity or not a vault.
 */
export async function readVault(access: VaultAccess): Promise<VaultDocument> {
  return (await openVault(access)).document;
}

/** Like {@link readVault}, but undefined when there is no such file. */
export async function readVaultIfAny(access: VaultAccess): Promise<VaultDocument | undefined> {
  return readBytes(access.path) === undefined ? undefined : await readVault(access);
}

/**
 * Makes a new vault for the document's recipients or, if it has none, for the passphrase.
 *
 * @throws UserError when something is there already, or when the folder cannot be written.
 */
export async function createVault(path: string, document: VaultDocument, keys: VaultKeys): Promise<void> {
  await refuseExisting(path);
  const { sealVault } = await import("./vaultSeal.ts");
  const bytes = await sealVault(path, document, { keys });
  const { writeFileWhole } = await import("./fileWrite.ts");
  await writeFileWhole(path, bytes, { exclusive: true }).catch((error: unknown) => {
    if (codeOf(error) === "EEXIST") throw existsError(path);
    throw writeError(path, error);
  });
}

/** @throws UserError when there is something at the vault's path, whatever it is, or no folder for it. It would be seen later anyway, after an identity was made. */
export async function refuseExisting(path: string): Promise<void> {
  const { lstat, stat } = await import("node:fs/promises");
  const there = await lstat(path).then(
    () => true,
    (error: unknown) => codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR",
  );
  if (there) throw existsError(path);
  // With the slash it is a folder or an error.
  await stat(`${dirname(path)}/`).catch((error: unknown) => {
    throw failure(
      `cannot write the vault "${path}": ${causeInWords(codeOf(error) ?? "unknown cause")}`,
      `check the folder "${dirname(path)}"`,
    );
  });
}

/**
 * Changes the vault under its lock: read, decrypt, change, encrypt, check that it can be opened again, compare with what was
 * read, replace. The file holds the old content or the new one at every moment.
 */
export async function updateVault(
  access: VaultAccess,
  change: (document: VaultDocument, keys: VaultKeys) => VaultDocument | Promise<VaultDocument>,
  { keysAfterwards = (now) => now, mayLockOut = () => false }: VaultUpdate = {},
): Promise<VaultDocument> {
  const { path, waitMilliseconds, onNotice } = access;
  // A missing vault must leave nothing behind, not even a lock.
  if (readBytes(path) === undefined) throw missingError(path);
  const [{ withFileLock }, { writeFileWhole, removeLeftovers }, { sealVault }] = await Promise.all([
    import("./fileLock.ts"),
    import("./fileWrite.ts"),
    import("./vaultSeal.ts"),
  ]);
  const options = {
    ...(waitMilliseconds === undefined ? {} : { waitMilliseconds }),
    ...(onNotice === undefined ? {} : { onTakeOver: onNotice }),
  };
  const work = async (isHeld: () => boolean): Promise<VaultDocument> => {
    await removeLeftovers(path);
    const { document, digest, keys } = await open(access);
    const changed = counted(document, await change(document, keys));
    const revision = await judgeChange(access, document, changed);
    const bytes = await sealVault(path, changed, { keys: await keysAfterwards(keys), mayLockOut: mayLockOut(changed) });
    await writeFileWhole(path, bytes, { beforeReplace: () => refuseConflict(path, digest, isHeld) });
    await rememberSaved(access, { ...changed, revision: Math.max(revision, changed.revision ?? 0) });
    return changed;
  };
  return await withFileLock(path, work, options).catch((error: unknown) => {
    throw error instanceof UserError ? error : writeError(path, error);
  });
}

/** A vault that was opened. */
export interface OpenVault {
  readonly document: VaultDocument;
  /** Of the file's bytes. */
  readonly digest: string;
  /** What has opened it. */
  readonly keys: VaultKeys;
}

/** Like {@link readVault}, with what has opened it. */
export async function openVault(access: VaultAccess): Promise<OpenVault> {
  const opened = await open(access);
  await judgeVault(access, opened.document);
  return opened;
}

/** Whoever merges has seen two states, and what comes of them is newer than both. */
function counted({ revision: before = 0 }: VaultDocument, changed: VaultDocument): VaultDocument {
  return { ...changed, revision: Math.max(before, changed.revision ?? 0) + 1 };
}

async function open(access: VaultAccess): Promise<OpenVault> {
  const bytes = readBytes(access.path);
  if (bytes === undefined) throw missingError(access.path);
  const { content, keys } = await unlock(access, bytes);
  try {
    return { document: parseVaultDocument(content), digest: digestOf(bytes), keys };
  } catch (error) {
    throw error instanceof UserError ? cannotOpen(access.path, error, keys) : error;
  } finally {
    content.fill(0);
  }
}

function refuseConflict(path: string, digest: string, isHeld: () => boolean): void {
  if (!isHeld())
    throw failure(
      `cannot save the vault "${path}": its lock was taken away meanwhile`,
      "nothing was written; run the command again",
    );
  const bytes = readBytes(path);
  if (bytes === undefined || digestOf(bytes) !== digest) {
    throw failure(
      `cannot save the vault "${path}": another program changed it meanwhile`,
      "nothing was written; run the command again",
    );
  }
}

function readBytes(path: string): Buffer | undefined {
  // Others may read it: it is encrypted, and a file from version control has the mode that the checkout gave it.
  return readGuardedFile(path, { what: "vault", forbidden: 0o022, limit: VAULT_LIMIT + 1024 * 1024 });
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function missingError(path: string): UserError {
  return new UserError(`there is no vault at "${path}"`, ["make one: claws vault init"]);
}

function existsError(path: string): UserError {
  return new UserError(`there is already something at "${path}"`, [
    "refusing to overwrite a vault; give another path with --vault",
  ]);
}

function writeError(path: string, error: unknown): UserError {
  const code = codeOf(error);
  if (code === undefined) throw error;
  if (error instanceof Error && error.name === "UnconfirmedWrite")
    return failure(
      `cannot confirm the write of the vault "${path}": ${causeInWords(code)}`,
      "the new content is in place, but a power cut could bring the old one back; check the disk, then run claws keys list",
    );
  return failure(
    `cannot write the vault "${path}": ${causeInWords(code)}`,
    `the old content is untouched; check the folder "${dirname(path)}"`,
  );
}
