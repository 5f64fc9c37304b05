// SPDX-License-Identifier: Apache-2.0
import { resolve } from "node:path";
import { list, type Command } from "../../command.ts";
import { ExitCode } from "../../errors.ts";
import * as shared from "../../sharedOptions.ts";

/** `claws vault merge -- BASE OURS THEIRS [PATH]` */
export const vaultMerge: Command = {
  summary: "merge two vaults key by key: what git calls as its merge driver",
  description:
    "OURS gets the result, encrypted for the recipients of both sides less the removed ones, and is untouched when there is a conflict: exit code 1, and the names of what both sides changed. claws vault git-setup makes git use it.",
  rest: { name: "files", summary: "BASE OURS THEIRS [PATH], as git's %O %A %B %P" },
  options: { cwd: shared.cwd },
  examples: ["claws vault merge -- base.age ours.age theirs.age"],
  handler: async (values, { environment, workingDirectory, terminal, readPassphrase }) => {
    const [{ mergeFilesOf, mergeVaultFiles }] = await Promise.all([import("../../mergeFiles.ts")]);
    const files = mergeFilesOf(list(values, "files"), (file) => resolve(workingDirectory, file));
    await mergeVaultFiles(files, { environment, readPassphrase, onNotice: terminal.notice }, terminal);
    return ExitCode.done;
  },
};
