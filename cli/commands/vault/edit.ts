// SPDX-License-Identifier: Apache-2.0
import type { Command } from "../../command.ts";
import * as shared from "../../sharedOptions.ts";
import { vaultAccess } from "../../vaultAccess.ts";

/** `claws vault edit` */
export const vaultEdit: Command = {
  summary: "edit the vault's keys and credentials as text in your editor",
  description:
    "Opens VISUAL, EDITOR or vi on a file in memory (a tmpfs; without one the command refuses), which is overwritten and removed however it ends. The values are in it for everybody to see who looks over your shoulder, and an editor that writes swap, undo or backup files elsewhere writes them there: claws keys set and claws vault import need none of this. A new value needs the next version.",
  options: { vault: shared.vault, cwd: shared.cwd },
  examples: ["claws vault edit"],
  stopsItself: true,
  handler: async (values, effects) => {
    const { editVault, reportEdit } = await import("../../editVault.ts");
    const access = vaultAccess(values, effects);
    return reportEdit(access.path, await editVault(access, effects), effects.terminal);
  },
};
