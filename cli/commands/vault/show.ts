// SPDX-License-Identifier: Apache-2.0
import { resolve } from "node:path";
import { flag, text, type Command } from "../../command.ts";
import { vaultPath } from "../../project.ts";
import * as shared from "../../sharedOptions.ts";

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
  handler: async (values, { environment, workingDirectory, terminal, readPassphrase }) => {
    const [{ textOfVault }] = await Promise.all([import("../../vaultText.ts")]);
    const file = text(values, "file");
    const place = { vault: text(values, "vault"), cwd: text(values, "cwd") };
    const path = file === undefined ? vaultPath(workingDirectory, environment, place) : resolve(workingDirectory, file);
    const lines = await textOfVault({ path, environment, readPassphrase }, flag(values, "for-git"));
    for (const line of lines) terminal.print(line);
    return undefined;
  },
};
