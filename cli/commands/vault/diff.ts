// SPDX-License-Identifier: Apache-2.0
import { resolve } from "node:path";
import { flag, list, text, type Command } from "../../command.ts";
import * as shared from "../../sharedOptions.ts";
import { vaultAccess } from "../../vaultAccess.ts";

/** `claws vault diff [REVISION]` */
export const vaultDiff: Command = {
  summary: "show what changed in the vault: names, versions, dates; never a value",
  description:
    "Compares the vault on disk with the one of a commit (default: HEAD), two commits (A..B), or two files. A value is only said to have changed. Exit code 0 with and without differences.",
  argument: { name: "revision", summary: "a commit of git, or two: main, HEAD~3..HEAD", optional: true },
  rest: { name: "files", summary: "two vault files to compare instead", optional: true },
  options: { vault: shared.vault, cwd: shared.cwd, json: shared.json },
  examples: ["claws vault diff", "claws vault diff main..HEAD", "claws vault diff -- old.age new.age"],
  handler: async (values, effects) => {
    const [{ diffVaults, renderDifference }, { statesOfFiles, statesOfRevisions }] = await Promise.all([
      import("../../vaultDiff.ts"),
      import("../../vaultStates.ts"),
    ]);
    const { workingDirectory, terminal } = effects;
    const files = list(values, "files").map((file) => resolve(workingDirectory, file));
    const access = vaultAccess(files[0] === undefined ? values : { ...values, vault: files[0] }, effects);
    const states =
      files.length > 0
        ? await statesOfFiles(access, files)
        : await statesOfRevisions(access, text(values, "revision") ?? "HEAD");
    const difference = diffVaults(states.before, states.after);
    const lines = renderDifference(difference);
    if (flag(values, "json")) terminal.print(JSON.stringify(difference));
    else if (lines.length === 0) terminal.notice("no difference");
    else for (const line of lines) terminal.print(line);
    return undefined;
  },
};
