// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../command.ts";
import { ExitCode } from "../errors.ts";
import * as shared from "../sharedOptions.ts";

/** `claws audit` */
export const audit: Command = {
  summary: "check the invariants against the stack's exported state, in which secrets stay encrypted",
  description: "Asks no cloud. Exit code 4 when a rule is broken.",
  options: { stack: shared.stack, cwd: shared.cwd, json: shared.json },
  examples: ["claws audit", "claws audit --json"],
  handler: async (values, effects) => {
    const [{ openSelection }, { readStackState }, { checkRules }, { auditRules }, { reportAudit }] = await Promise.all([
      import("../selection.ts"),
      import("../stackState.ts"),
      import("../audit/auditRule.ts"),
      import("../audit/rules.ts"),
      import("../auditReport.ts"),
    ]);
    const stack = await openSelection(values, effects).stack();
    const resources = readStackState(await stack.exportState());
    const results = checkRules(auditRules, resources);
    reportAudit(results, resources.length, effects.terminal, flag(values, "json"));
    return results.every(({ result }) => result === "holds") ? ExitCode.done : ExitCode.policy;
  },
};
