// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";

import { succeed } from "./demoFailure.ts";
import { runCommand } from "./operator.ts";
import { repositoryRoot } from "./projectFolder.ts";

/** The user that the lab's operator is. */
const operatorUser = "op@";

/** The tailnet policy that `claws` prints for its owner to apply, with the lab's operator in it. */
export interface TailnetPolicy {
  readonly whole: string;
  /** Without its `tests`: headscale refuses a test about a tag that no node carries yet. */
  readonly untested: string;
}

/** Asks `claws` for the policy; `words` go on its command line. */
export async function fetchTailnetPolicy(words: readonly string[] = []): Promise<TailnetPolicy> {
  const argv = [process.execPath, join(repositoryRoot, "cli/bin.cjs"), "tailnet", "policy", "show"];
  const environment = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "/" };
  const ended = await runCommand([...argv, "--operator", operatorUser, ...words], { environment });
  const whole = succeed("claws tailnet policy show", ended).stdout;
  const policy = JSON.parse(whole) as Record<string, unknown>;
  return { whole, untested: JSON.stringify({ ...policy, tests: undefined, sshTests: undefined }) };
}
