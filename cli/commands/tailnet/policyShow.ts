// SPDX-License-Identifier: Apache-2.0
import { flag, list, text, type Command } from "../../command.ts";

/** `claws tailnet policy show` */
export const tailnetPolicyShow: Command = {
  summary: "print the tailnet policy that agents need, as JSON",
  description:
    "It is a whole policy, with tests that prove that an agent reaches no other agent and no operator. Merge it into the tailnet's own policy file; nothing is sent anywhere.",
  options: {
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
  },
  examples: ["claws tailnet policy show --operator alice@example.com"],
  handler: async (values, { terminal }) => {
    const [{ renderTailnetPolicy }, { readSshAccess }] = await Promise.all([
      import("../../tailnetPolicy.ts"),
      import("../../tailnetSshPolicy.ts"),
    ]);
    const policy = renderTailnetPolicy({
      operators: list(values, "operator"),
      tag: text(values, "tag") ?? "tag:agent",
      broker: text(values, "broker"),
      ssh: readSshAccess(text(values, "ssh")),
    });
    const { tests, sshTests, ...rules } = policy;
    terminal.print(JSON.stringify(flag(values, "without-tests") ? rules : { ...rules, tests, sshTests }, undefined, 2));
    return undefined;
  },
};
