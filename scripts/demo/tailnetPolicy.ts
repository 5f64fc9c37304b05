// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";

import { succeed } from "./demoFailure.ts";
import { runCommand } from "./operator.ts";
import { repositoryRoot } from "./projectFolder.ts";

/** The user that the lab's operator is. */
const operatorUser = "op@";

/** The tailnet policy that `claws` prints for its owner to apply, with the lab's operator in it. */
export async function fetchTailnetPolicy(): Promise<string> {
  const argv = [process.execPath, join(repositoryRoot, "cli/bin.ts"), "tailnet", "policy", "show"];
  const environment = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "/" };
  const ended = await runCommand([...argv, "--operator", operatorUser], { environment });
  return succeed("claws tailnet policy show", ended).stdout;
}
