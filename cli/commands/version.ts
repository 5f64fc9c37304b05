// SPDX-License-Identifier: Apache-2.0
import { VERSION } from "../../protocol/constants.ts";
import type { Command } from "../command.ts";
import { flag } from "../command.ts";
import { json } from "../sharedOptions.ts";

/** `claws version` */
export const version: Command = {
  summary: "print the version; as JSON also those of Node and the engine",
  options: { json },
  examples: ["claws version", "claws version --json"],
  handler: async (values, { terminal, environment, workingDirectory }) => {
    if (flag(values, "json")) {
      const { readVersions } = await import("../releaseVersions.ts");
      terminal.print(JSON.stringify(await readVersions(environment, workingDirectory)));
    } else terminal.print(VERSION);
    return undefined;
  },
};
