// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../../../command.ts";
import * as shared from "../../../sharedOptions.ts";
import { vaultAccess } from "../../../vaultAccess.ts";

/** `claws vault recipients accept` */
export const recipientsAccept: Command = {
  summary: "accept a vault that others have changed, after showing how",
  description:
    "This machine remembers who can open each vault, its operator key and how new it is. When that was changed by others, nothing is stored until you say that it is right. Compare the recipients with the people who have them, not with the file. With another operator key, or an older state, nothing in it is used either.",
  options: {
    yes: shared.yes,
    vault: shared.vault,
    cwd: shared.cwd,
  },
  examples: ["claws vault recipients accept", "claws vault recipients accept --yes"],
  handler: async (values, effects) => {
    const { acceptVault } = await import("../../../acceptVault.ts");
    await acceptVault(vaultAccess(values, effects), flag(values, "yes"), effects);
    return undefined;
  },
};
