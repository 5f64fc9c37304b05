// SPDX-License-Identifier: Apache-2.0
import { list, type Command } from "../command.ts";
import type { ExitCode } from "../errors.ts";
import * as shared from "../sharedOptions.ts";
import { vaultAccess } from "../vaultAccess.ts";

/** `claws env -- COMMAND` */
export const env: Command = {
  summary: "run another program with the vault's cloud credentials in its environment",
  description:
    "For that program alone, and only those credentials that the environment does not have: the environment wins. What opens the vault (CLAWS_AGE_*) is not passed on. Ends as the program ends.",
  rest: { name: "command", summary: "the program and its arguments" },
  options: {
    only: { kind: "list", value: "NAME", summary: "only this credential" },
    vault: shared.vault,
    cwd: shared.cwd,
  },
  examples: ["claws env -- pulumi stack output", "claws env --only DIGITALOCEAN_TOKEN -- doctl compute droplet list"],
  stopsItself: true,
  handler: async (values, effects) => {
    const [{ credentialName }, { borrowedEnvironment }, { runInPlace }] = await Promise.all([
      import("../credentials.ts"),
      import("../borrowedEnvironment.ts"),
      import("../runInPlace.ts"),
    ]);
    const only = list(values, "only").map(credentialName);
    const lent = await borrowedEnvironment(vaultAccess(values, effects), only);
    // Whatever code the other program ends with is ours.
    return (await runInPlace(list(values, "command"), lent, effects.terminal.complain)) as ExitCode;
  },
};
