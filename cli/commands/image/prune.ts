// SPDX-License-Identifier: Apache-2.0
import { flag, text, type Command } from "../../command.ts";
import { UserError } from "../../errors.ts";
import * as shared from "../../sharedOptions.ts";

/** `claws image prune` */
export const imagePrune: Command = {
  summary: "delete old agent images that nothing uses",
  description:
    "Asks first. An image stays when a droplet of the account was made from it or a stack's file in this project names it; stacks kept elsewhere that have no droplet are not seen.",
  options: {
    keep: { kind: "text", value: "NUMBER", summary: "how many of the newest stay in any case (default: 3)" },
    "dry-run": { kind: "flag", summary: "only show what would be deleted" },
    cwd: shared.cwd,
    json: shared.json,
    yes: shared.yes,
  },
  examples: ["claws image prune --keep 2 --dry-run"],
  stopsItself: true,
  handler: async (values, effects) => {
    const keep = text(values, "keep") ?? "3";
    if (!/^\d{1,4}$/.test(keep)) throw new UserError("--keep must be a whole number from 0 to 9999");
    const [{ fetchAgentImages }, { pruneImages }] = await Promise.all([
      import("../../image/fetchAgentImages.ts"),
      import("../../image/pruneImages.ts"),
    ]);
    const flags = { dryRun: flag(values, "dry-run"), yes: flag(values, "yes"), json: flag(values, "json") };
    return await pruneImages(() => fetchAgentImages(values, effects), { keep: Number(keep), ...flags }, effects);
  },
};
