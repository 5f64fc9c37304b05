// SPDX-License-Identifier: Apache-2.0
import { flag, required, type Command } from "../../command.ts";
import * as shared from "../../sharedOptions.ts";
import { vaultAccess } from "../../vaultAccess.ts";

/** `claws keys remove NAME` */
export const keysRemove: Command = {
  summary: "drop a key of an agent from the vault, all versions of it",
  description:
    "Asks first. The agent keeps what was pushed to it (claws keys revoke), and the provider goes on accepting the key (revoke it there): the command says so and touches neither.",
  argument: { name: "name", summary: "the key's name" },
  options: {
    agent: { ...shared.agent, required: true },
    vault: shared.vault,
    cwd: shared.cwd,
    yes: shared.yes,
  },
  examples: ["claws keys remove anthropic --agent a1"],
  handler: async (values, effects) => {
    const [{ checkTarget }, { removeKey }] = await Promise.all([
      import("../../keyEntry.ts"),
      import("../../removeKey.ts"),
    ]);
    const target = checkTarget(required(values, "name"), required(values, "agent"));
    await removeKey(vaultAccess(values, effects), target, flag(values, "yes"), effects);
    return undefined;
  },
};
