// SPDX-License-Identifier: Apache-2.0
import { flag, text, type Command } from "../../command.ts";
import { failure } from "../../errors.ts";
import { vaultPath } from "../../project.ts";
import * as shared from "../../sharedOptions.ts";

/** `claws vault unlock` */
export const vaultUnlock: Command = {
  summary: "remove the lock that a process left at the vault",
  description:
    "A dead process's lock is taken over by itself. Needed only for a process on another machine or in another container, of which nothing here can tell whether it still runs: look there first. What it still wants to save is refused afterwards.",
  options: {
    force: { kind: "flag", summary: "also the lock of a process that may still run" },
    vault: shared.vault,
    cwd: shared.cwd,
  },
  examples: ["claws vault unlock", "claws vault unlock --force"],
  handler: async (values, { environment, workingDirectory, terminal }) => {
    const { breakFileLock } = await import("../../fileLock.ts");
    const path = vaultPath(workingDirectory, environment, { vault: text(values, "vault"), cwd: text(values, "cwd") });
    const { result, holder } = await breakFileLock(path, flag(values, "force"));
    if (result === "held")
      throw failure(
        `refusing to unlock "${path}": ${holder ?? "another process"} holds it`,
        "wait for it to finish, or if it is gone for good: claws vault unlock --force",
      );
    if (result === "no lock") terminal.notice(`nothing to do: "${path}" is not locked`);
    else terminal.notice(`removed the lock of ${holder ?? "another process"}`);
    return undefined;
  },
};
