// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../../command.ts";
import * as shared from "../../sharedOptions.ts";

/** `claws image list` */
export const imageList: Command = {
  summary: "list the account's agent images, newest first, with what uses them",
  description: "Used means: a droplet of the account was made from it, or a stack's file in this project names it.",
  options: { cwd: shared.cwd, json: shared.json },
  examples: ["claws image list"],
  handler: async (values, effects) => {
    const [{ fetchAgentImages }, { reportImages }] = await Promise.all([
      import("../../image/fetchAgentImages.ts"),
      import("../../image/imageReport.ts"),
    ]);
    reportImages(await fetchAgentImages(values, effects), effects.terminal, flag(values, "json"));
    return undefined;
  },
};
