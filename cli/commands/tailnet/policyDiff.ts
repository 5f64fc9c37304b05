// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../../command.ts";
import * as shared from "../../sharedOptions.ts";
import { policyOptions, readPolicyRequest } from "./policyOptions.ts";

/** `claws tailnet policy diff` */
export const tailnetPolicyDiff: Command = {
  summary: "compare the tailnet's own policy with what the agents need: what is missing, and what allows too much",
  description:
    "Reads the policy from the Tailscale API; nothing is changed. Named as too much: ways of agents to other machines, Funnel, routes without approval, and others who reach the agents. Exit code 4 when there is anything to do.",
  options: { ...policyOptions, vault: shared.vault, cwd: shared.cwd, json: shared.json },
  examples: ["claws tailnet policy diff --operator alice@example.com"],
  handler: async (values, effects) => {
    const { diffPolicy } = await import("../../policy/policyChange.ts");
    const request = await readPolicyRequest(values);
    const task = { request, withTests: !flag(values, "without-tests"), json: flag(values, "json") };
    return await diffPolicy(task, effects);
  },
};
