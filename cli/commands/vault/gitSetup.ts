// SPDX-License-Identifier: Apache-2.0
import { text, type Command } from "../../command.ts";
import { vaultPath } from "../../project.ts";
import * as shared from "../../sharedOptions.ts";

/** `claws vault git-setup` */
export const vaultGitSetup: Command = {
  summary: "make git merge the vault key by key, and show it readably in git diff",
  description:
    "Writes a line into .gitattributes beside the vault, to be committed, and git's settings of this clone. Each clone needs it once: git takes no program from a repository. Doing it again is safe.",
  options: { vault: shared.vault, cwd: shared.cwd },
  examples: ["claws vault git-setup"],
  handler: async (values, { environment, workingDirectory, terminal, program }) => {
    const { setUpGit } = await import("../../gitSetup.ts");
    const path = vaultPath(workingDirectory, environment, { vault: text(values, "vault"), cwd: text(values, "cwd") });
    const { attributes, changed, repository } = await setUpGit(path, program, environment);
    terminal.print(`git merges and shows ${path} by claws, in ${repository}`);
    if (changed) terminal.notice(`commit ${attributes}; in every other clone, run this once`);
    return undefined;
  },
};
