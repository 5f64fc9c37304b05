// SPDX-License-Identifier: Apache-2.0
import { flag, text, type Command } from "../../command.ts";
import * as shared from "../../sharedOptions.ts";
import { vaultAccess } from "../../vaultAccess.ts";

/** `claws vault show [FILE]` */
export const vaultShow: Command = {
  summary: "show what a vault holds, a line each: names, versions, dates; never a value",
  description:
    "With --for-git, as git's textconv calls it, a vault that cannot be opened is a line of text too, so that git log and git diff go on for whoever is no recipient.",
  argument: { name: "file", summary: "the vault's file (default: as --vault)", optional: true },
  options: {
    "for-git": { kind: "flag", summary: "say in the text when it cannot be opened" },
    vault: shared.vault,
    cwd: shared.cwd,
  },
  examples: ["claws vault show", "claws vault show --for-git vault.age"],
  handler: async (values, effects) => {
    const { textOfVault } = await import("../../vaultText.ts");
    const file = text(values, "file");
    const named = file === undefined ? values : { ...values, vault: file };
    const { readPassphrase, ...place } = vaultAccess(named, effects);
    // A file that is named may be git's copy.
    const access = { ...place, purpose: file === undefined ? "show" : "copy" } as const;
    const forGit = flag(values, "for-git");
    // git calls it once for each version of the file: that is no place for a question.
    const lines = await textOfVault(forGit ? access : { ...access, readPassphrase }, forGit);
    for (const line of lines) effects.terminal.print(line);
    return undefined;
  },
};
