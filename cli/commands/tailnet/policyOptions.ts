// SPDX-License-Identifier: Apache-2.0
import { list, text, type OptionSpec, type Values } from "../../command.ts";
import type { PolicyRequest } from "../../tailnetPolicy.ts";

/** What all commands on the policy take: for whom it is. */
export const policyOptions = {
  operator: {
    kind: "list",
    value: "USER",
    summary: "who may control the agents: a user, group:NAME or tag:NAME",
    required: true,
  },
  "without-tests": {
    kind: "flag",
    summary: "leave the tests out: headscale refuses them while one side has no node",
  },
  broker: {
    kind: "text",
    value: "ADDRESS[:PORT]",
    summary: "the machine of claws broker: agents may reach this port (default: 7441) and nothing else of it",
  },
  ssh: {
    kind: "text",
    value: "ACCESS",
    summary:
      "who may log in as root: operators, people after a check every 12 hours (check, the default) or without (accept); or nobody (off)",
  },
  tag: { kind: "text", value: "TAG", summary: "the agents' tag (default: tag:agent)" },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** Reads them. @throws UserError when `--ssh` says something else */
export async function readPolicyRequest(values: Values): Promise<PolicyRequest> {
  const { readSshAccess } = await import("../../tailnetSshPolicy.ts");
  return {
    operators: list(values, "operator"),
    tag: text(values, "tag") ?? "tag:agent",
    broker: text(values, "broker"),
    ssh: readSshAccess(text(values, "ssh")),
  };
}
