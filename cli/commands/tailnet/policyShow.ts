// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../../command.ts";
import { policyOptions, readPolicyRequest } from "./policyOptions.ts";

/** `claws tailnet policy show` */
export const tailnetPolicyShow: Command = {
  summary: "print the tailnet policy that agents need, as JSON",
  description:
    "It is a whole policy, with tests that prove that an agent reaches no other agent and no operator. Merge it into the tailnet's own policy file; nothing is sent anywhere.",
  options: policyOptions,
  examples: ["claws tailnet policy show --operator alice@example.com"],
  handler: async (values, { terminal }) => {
    const { renderTailnetPolicy } = await import("../../tailnetPolicy.ts");
    const policy = renderTailnetPolicy(await readPolicyRequest(values));
    const { tests, sshTests, ...rules } = policy;
    terminal.print(JSON.stringify(flag(values, "without-tests") ? rules : { ...rules, tests, sshTests }, undefined, 2));
    return undefined;
  },
};
