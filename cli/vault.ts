// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { decryptAgeFile } from "./age/decryptAgeFile.ts";
import type { Environment } from "./environment.ts";
import { causeInWords, codeOf, failure, UserError } from "./errors.ts";
import { readGuardedFile } from "./fileRead.ts";
import { findIdentities, type FoundIdentities } from "./identities.ts";
import { parseVaultDocument, renderVaultDocument, VAULT_LIMIT, type VaultDocument } from "./vaultDocument.ts";

/** What {@link updateVault} needs besides the change. */
export interface VaultAccess {
  readonly path: string;
  readonly environment: Environment;
  /** How long to wait for another writer, in milliseconds. @default 5000 */
  readonly waitMilliseconds?: number;
  /** Told when a dead process's lock was taken over. */
  readonly onNotice?: (notice: string) => void;
}

/**
 * Reads and decrypts the vault. Nothing is written.
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
 * Makes a new vault for these recipients.
 *
 * @throws UserError when something is there already, or when the folder cannot be written.
 */
export async function createVault(path: string, document: VaultDocument, found: FoundIdentities): Promise<void> {
  await refuseExisting(path);
  const bytes = await sealed(path, document, found);
  const { writeFileWhole } = await import("./fileWrite.ts");
  await writeFileWhole(path, bytes, { exclusive: true }).catch((error: unknown) => {
    if (codeOf(error) === "EEXIST") throw existsError(path);
    throw writeError(path, error);
  });
}

/** @throws UserError when there is something at the vault's path, whatever it is. */
export async function refuseExisting(path: string): Promise<void> {
  const { lstat } = await import("node:fs/promises");
  const there = await lstat(path).then(
    () => true,
    (error: unknown) => codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR",
  );
  if (there) throw existsError(path);
}

/**
 * Changes the vault under its lock: read, decrypt, change, encrypt, check that it can be opened again, compare with what was
 * read, replace. The file holds the old content or the new one at every moment.
 */
export async function updateVault(
  access: VaultAccess,
  change: (document: VaultDocument) => VaultDocument,
): Promise<VaultDocument> {
  const { path, waitMilliseconds, onNotice } = access;
  // A missing vault must leave nothing behind, not even a lock.
  if (readBytes(path) === undefined) throw missingError(path);
  const [{ withFileLock }, { writeFileWhole, removeLeftovers }] = await Promise.all([
    import("./fileLock.ts"),
    import("./fileWrite.ts"),
  ]);
  const options = {
    ...(waitMilliseconds === undefined ? {} : { waitMilliseconds }),
    ...(onNotice === undefined ? {} : { onTakeOver: onNotice }),
  };
  const work = async (isHeld: () => boolean): Promise<VaultDocument> => {
    await removeLeftovers(path);
    const { document, digest, found } = await openVault(access);
    const changed = change(document);
    const bytes = await sealed(path, changed, found);
    await writeFileWhole(path, bytes, { beforeReplace: () => refuseConflict(path, digest, isHeld) });
    return changed;
  };
  return await withFileLock(path, work, options).catch((error: unknown) => {
    throw error instanceof UserError ? error : writeError(path, error);
  });
}

interface OpenVault {
  readonly document: VaultDocument;
  readonly digest: string;
  readonly found: FoundIdentities;
}

async function openVault({ path, environment }: VaultAccess): Promise<OpenVault> {
  const bytes = readBytes(path);
  if (bytes === undefined) throw missingError(path);
  const found = await findIdentities(environment);
  if (found === undefined) {
    throw new UserError(`cannot open the vault "${path}": no age identity was found`, [
      "name yours with CLAWS_AGE_KEY_FILE",
    ]);
  }
  try {
    const plaintext = await decryptAgeFile(found.identities, bytes);
    const document = parseVaultDocument(plaintext);
    plaintext.fill(0);
    return { document, digest: digestOf(bytes), found };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `cannot open the vault "${path}": ${error.message}`,
      [...error.hints, `identity used: ${found.source}`],
      error.exitCode,
    );
  }
}

/** The bytes to write; refused when the identity at hand could not open them again. */
async function sealed(path: string, document: VaultDocument, found: FoundIdentities): Promise<Uint8Array> {
  const { encryptFor } = await import("./ageFile.ts");
  const text = renderVaultDocument(document);
  parseVaultDocument(Buffer.from(text));
  const bytes = await encryptFor(document.recipients, text);
  const reopened = await decryptAgeFile(found.identities, bytes).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`refusing to write the vault "${path}": your own identity could not open it again`, [
      `identity used: ${found.source}`,
      "add your own recipient",
    ]);
  });
  if (!Buffer.from(reopened).equals(Buffer.from(text)))
    throw new Error("the vault does not decrypt to what was encrypted");
  return bytes;
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
