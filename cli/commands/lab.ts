// SPDX-License-Identifier: Apache-2.0
import { text, type Command } from "../command.ts";
import { ExitCode } from "../errors.ts";
import * as shared from "../sharedOptions.ts";

/** `claws lab` */
export const lab: Command = {
  summary: "start the lab: the whole world of the agents on this Linux machine, at no cost",
  description:
    "Works in a clone of the repository, as root, and prints how to use it. It is the same as npm run lab. Ctrl-C removes it.",
  options: {
    policy: { kind: "text", value: "FILE", summary: "the tailnet policy (default: the one that agents need)" },
    cwd: { ...shared.cwd, summary: "the clone (default: nearest Pulumi.yaml)" },
  },
  examples: ["claws lab"],
  stopsItself: true,
  handler: async (values, { workingDirectory, environment, terminal }) => {
    const [{ findProject }, { checkClone }, path, { runInPlace }, { withoutIdentities }] = await Promise.all([
      import("../project.ts"),
      import("../checkClone.ts"),
      import("node:path"),
      import("../runInPlace.ts"),
      import("../environment.ts"),
    ]);
    const { root } = findProject(workingDirectory, text(values, "cwd"));
    checkClone(root, "lab", ["lab/lab.ts", "scripts/lab.ts"]);
    const policy = text(values, "policy");
    const more = policy === undefined ? [] : ["--", path.resolve(workingDirectory, policy)];
    const words = ["npm", "--prefix", root, "run", "--silent", "lab", ...more];
    const code = await runInPlace(words, withoutIdentities(environment), terminal.complain);
    return code === 0 ? ExitCode.done : ExitCode.failed;
  },
};
