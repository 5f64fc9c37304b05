// SPDX-License-Identifier: Apache-2.0
import { statSync } from "node:fs";
import type { Effects } from "./effects.ts";
import { failure, UserError } from "./errors.ts";
import { isAsKnown, knownVaultPath, readKnownVault, type KnownVault } from "./knownVault.ts";
import { rememberVault } from "./rememberVault.ts";
import { readVault, type VaultAccess } from "./vault.ts";
import { newsInWords, newsOf } from "./vaultNews.ts";
import type { VaultDocument } from "./vaultDocument.ts";
import { askYesOrNo } from "./yesOrNo.ts";

/** Shows how the vault differs from what this machine knows, asks, and remembers it as it is. @throws UserError without consent */
export async function acceptVault(
  access: VaultAccess,
  yes: boolean,
  effects: Pick<Effects, "terminal" | "ask">,
): Promise<void> {
  // A copy is not judged: that is what happens here.
  const document = await readVault({ ...access, purpose: "copy" });
  const known = recall(access);
  if (known !== undefined && known !== "damaged" && isAsKnown(known, document)) {
    effects.terminal.notice("nothing to accept: the vault is as this machine knows it");
    return;
  }
  const lines = linesOf(access, known, document);
  await consent(lines, yes, effects);
  const cause = await rememberVault(access.environment, access.path, document);
  if (cause !== undefined)
    throw failure(`cannot remember who can open the vault: ${cause}`, "nothing was accepted; set XDG_STATE_HOME");
  effects.terminal.print(`accepted ${access.path}`);
}

function recall({ environment, path }: VaultAccess): KnownVault | "damaged" | undefined {
  try {
    return readKnownVault(environment, path);
  } catch (error) {
    if (error instanceof UserError) return "damaged";
    throw error;
  }
}

function linesOf(
  { environment, path }: VaultAccess,
  known: KnownVault | "damaged" | undefined,
  document: VaultDocument,
): readonly string[] {
  const { keys, credentials = [], recipients } = document;
  const holds = `it holds ${keys.length} ${keys.length === 1 ? "key" : "keys"} and ${credentials.length} cloud credentials`;
  if (known === undefined || known === "damaged")
    return ["nothing is known of this vault here", ...recipients.map((one) => `recipient: ${one}`), holds];
  const file = knownVaultPath(environment, path);
  const since = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false })?.mtime.toISOString();
  return [
    `last accepted here on ${since?.slice(0, 10) ?? "an unknown day"}`,
    ...newsInWords(newsOf(known, document)),
    holds,
  ];
}

async function consent(
  lines: readonly string[],
  yes: boolean,
  { terminal, ask }: Pick<Effects, "terminal" | "ask">,
): Promise<void> {
  if (!yes && !terminal.canAsk)
    throw new UserError("refusing to accept the vault without being asked: there is no terminal", [
      ...lines,
      "say it with --yes",
    ]);
  // Not as talk, which --quiet takes away: nobody accepts what is not shown.
  for (const line of lines) terminal.print(line);
  if (!yes && !(await askYesOrNo("Accept the vault as it is now?", { ask })))
    throw new UserError("nothing was accepted");
}
