// SPDX-License-Identifier: Apache-2.0
import { VERSION } from "../../protocol/constants.ts";
import type { Command } from "../command.ts";
import { flag } from "../command.ts";
import { json } from "../sharedOptions.ts";

/** `claws version` */
export const version: Command = {
  summary: "print the version",
  options: { json },
  examples: ["claws version"],
  handler: (values, { terminal }) => {
    terminal.print(flag(values, "json") ? JSON.stringify({ version: VERSION, node: process.version }) : VERSION);
    return Promise.resolve(undefined);
  },
};
