// SPDX-License-Identifier: Apache-2.0
import { UserError } from "./errors.ts";
import { isAsKnown, readKnownVault, type KnownVault } from "./knownVault.ts";
import type { VaultAccess } from "./vault.ts";
import type { VaultDocument } from "./vaultDocument.ts";

/**
 * What a vault is opened for:
 * `show` to print names and dates, `use` to act on what it holds, `change` to store something in it; `copy` is a file that git or a
 * person made of a vault, of which this machine remembers nothing.
 */
export type Purpose = "show" | "use" | "change" | "copy";

/** Says how a vault that was just opened differs from what this machine last accepted. @throws UserError when it must not be used so */
export async function judgeVault(access: VaultAccess, document: VaultDocument): Promise<void> {
  const { purpose = "use" } = access;
  if (purpose === "copy") return;
  const known = purpose === "show" ? recallOrTell(access) : recall(access);
  if (known === "damaged" || (known !== undefined && isAsKnown(known, document))) return;
  if (known === undefined) await meet(access, document);
  else await compare(access, known, document);
}

/**
 * Judges a change before it is written: nothing is encrypted to a recipient that nobody here has accepted.
 *
 * @returns the highest revision that this machine has seen, which a change of an older state does not make it forget
 * @throws UserError
 */
export async function judgeChange(access: VaultAccess, before: VaultDocument, after: VaultDocument): Promise<number> {
  const known = access.purpose === "copy" ? undefined : recall(access);
  if (known === undefined || isAsKnown(known, before)) return known?.revision ?? 0;
  const { newsOf } = await import("./vaultNews.ts");
  const news = newsOf(known, before);
  const stays = news.added.some((recipient) => after.recipients.includes(recipient));
  // A stranger's vault cannot be mended by taking the stranger out of it.
  const isStrange = news.operator !== undefined || (news.added.length > 0 && before.operator === undefined);
  if (stays || isStrange) throw await refusal(access, news);
  return known.revision;
}

/** Remembers what this machine has just written. */
export async function rememberSaved(access: VaultAccess, document: VaultDocument): Promise<void> {
  if (access.purpose === "copy") return;
  const { rememberVault } = await import("./rememberVault.ts");
  const cause = await rememberVault(access.environment, access.path, document);
  if (cause !== undefined) access.onNotice?.(`cannot remember who can open the vault: ${cause}`);
}

function recall({ path, environment }: VaultAccess): KnownVault | undefined {
  return readKnownVault(environment, path);
}

function recallOrTell(access: VaultAccess): KnownVault | "damaged" | undefined {
  try {
    return recall(access);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    access.onNotice?.(error.message);
    return "damaged";
  }
}

/** The first time: there is nothing to compare with, so it is believed, and said. */
async function meet({ path, environment, onNotice }: VaultAccess, document: VaultDocument): Promise<void> {
  const { rememberVault } = await import("./rememberVault.ts");
  if ((await rememberVault(environment, path, document)) !== undefined || document.recipients.length < 2) return;
  const { firstUseInWords } = await import("./vaultNews.ts");
  onNotice?.(firstUseInWords(document.recipients));
}

async function compare(access: VaultAccess, known: KnownVault, document: VaultDocument): Promise<void> {
  const { path, environment, purpose = "use", onNotice } = access;
  const { isHarmless, isUnproven, letsOthersRead, newsInWords, newsOf } = await import("./vaultNews.ts");
  const news = newsOf(known, document);
  const harmless = isHarmless(news);
  const isRefused = purpose === "change" ? letsOthersRead(news) : purpose === "use" && isUnproven(news, document);
  if (isRefused) throw await refusal(access, news);
  for (const line of newsInWords(news)) onNotice?.(`the vault has changed since you last accepted it: ${line}`);
  if (!harmless) onNotice?.("if that is right: claws vault recipients accept");
  else await (await import("./rememberVault.ts")).rememberVault(environment, path, document);
}

async function refusal(
  { path }: VaultAccess,
  news: Parameters<typeof import("./vaultNews.ts").newsInWords>[0],
): Promise<UserError> {
  const { newsInWords } = await import("./vaultNews.ts");
  return new UserError(`refusing to use the vault "${path}": it is not as this machine last accepted it`, [
    ...newsInWords(news),
    "look at it: claws vault recipients list, claws vault diff ORIG_HEAD",
    "if that is right: claws vault recipients accept",
    "nothing was written",
  ]);
}
