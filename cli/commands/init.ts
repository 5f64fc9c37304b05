// SPDX-License-Identifier: Apache-2.0
import { flag, list, text, type Command } from "../command.ts";
import * as shared from "../sharedOptions.ts";

/** `claws init` */
export const init: Command = {
  summary: "write the configuration file of a new stack",
  description:
    "Makes Pulumi.<stack>.yaml in the project's folder for stacks, with the operator key's public half when there is a vault: make that first, claws vault init. Never overwrites a file.",
  options: {
    agent: { kind: "list", value: "NAME", summary: "an agent (default: a1)" },
    provider: { kind: "list", value: "ID", summary: "a model provider of the agents (default: anthropic)" },
    image: { kind: "text", value: "ID", summary: "the snapshot that they boot from (default: to be filled in)" },
    region: { kind: "text", value: "SLUG", summary: "DigitalOcean's region (default: nyc3)" },
    runtime: { kind: "text", value: "NAME", summary: "openclaw or hello (default: openclaw)" },
    stack: { ...shared.stack, summary: "the stack (default: PULUMI_STACK, dev)" },
    vault: shared.vault,
    cwd: shared.cwd,
    json: shared.json,
  },
  examples: ["claws init --stack dev --agent ada --image 146288445"],
  handler: async (values, effects) => {
    const [{ openSelection }, { initStack }] = await Promise.all([
      import("../selection.ts"),
      import("../initStack.ts"),
    ]);
    const { project, stackName, vault } = openSelection({ stack: stackOf(effects.environment), ...values }, effects);
    const or = (given: readonly string[], byDefault: string): readonly string[] =>
      given.length === 0 ? [byDefault] : given;
    const image = text(values, "image");
    const content = {
      agents: or(list(values, "agent"), "a1"),
      providers: or(list(values, "provider"), "anthropic"),
      image,
      region: text(values, "region") ?? "nyc3",
      runtime: text(values, "runtime") ?? "openclaw",
    };
    const made = await initStack({ project, stackName, vault, content });
    effects.terminal.print(flag(values, "json") ? JSON.stringify(made) : `made ${made.file}`);
    if (made.operatorKey === null)
      effects.terminal.notice("without operatorKeys agents take keys unsealed: claws vault init, claws operator show");
    effects.terminal.notice(`next: ${image === undefined ? "fill in the image, " : ""}claws up --stack ${stackName}`);
    return undefined;
  },
};

/** A new stack is not one of those that are there. */
function stackOf(environment: Readonly<Record<string, string | undefined>>): string {
  return environment["PULUMI_STACK"] || "dev";
}
