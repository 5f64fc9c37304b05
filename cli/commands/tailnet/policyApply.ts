// SPDX-License-Identifier: Apache-2.0
import { flag, type Command } from "../../command.ts";
import * as shared from "../../sharedOptions.ts";
import { policyOptions, readPolicyRequest } from "./policyOptions.ts";

/** `claws tailnet policy apply` */
export const tailnetPolicyApply: Command = {
  summary: "add what the agents need to the tailnet's own policy; replaces and removes nothing",
  description:
    "Keeps comments and all other entries, shows the change, lets Tailscale check it and run its tests, and asks. Written only if nobody changed the policy meanwhile. Doing it again changes nothing.",
  options: { ...policyOptions, vault: shared.vault, cwd: shared.cwd, yes: shared.yes, json: shared.json },
  examples: ["claws tailnet policy apply --operator alice@example.com"],
  handler: async (values, effects) => {
    const { applyPolicy } = await import("../../policy/policyChange.ts");
    const request = await readPolicyRequest(values);
    const task = { request, withTests: !flag(values, "without-tests"), json: flag(values, "json") };
    return await applyPolicy(task, flag(values, "yes"), effects);
  },
};
