// SPDX-License-Identifier: Apache-2.0
import { text, type Values } from "./command.ts";
import type { Effects } from "./effects.ts";
import { UserError } from "./errors.ts";
import { findProject, stackName, vaultPath, type Project } from "./project.ts";
import type { KnownAgents } from "./stackOutputs.ts";
import type { Stack } from "./stackTypes.ts";
import type { VaultAccess } from "./vault.ts";

/** What `--cwd`, `--stack`, `--vault` and `--agent` select. */
export interface Selection {
  readonly project: Project;
  readonly stackName: string;
  readonly vault: VaultAccess;
  readonly stack: () => Promise<Stack>;
  /** The stack's agents, or only the one that `--agent` names. @throws UserError when it has none, or not this one */
  readonly agentsOf: (stack: Stack) => Promise<KnownAgents>;
}

/** Reads the options that most commands share. Nothing is opened yet. @throws UserError when there is no project */
export function openSelection(
  values: Values,
  { environment, workingDirectory, terminal, openStack, readPassphrase }: Effects,
): Selection {
  const cwd = text(values, "cwd");
  const project = findProject(workingDirectory, cwd);
  const name = stackName(project, environment, text(values, "stack"));
  const agent = text(values, "agent");
  return {
    project,
    stackName: name,
    vault: {
      path: vaultPath(workingDirectory, environment, { vault: text(values, "vault"), cwd }),
      environment,
      readPassphrase,
      onNotice: terminal.notice,
    },
    stack: async () => await openStack({ name, root: project.root }),
    agentsOf: async (stack) => {
      const agents = await stack.outputs();
      if (agents.size === 0) throw new UserError(`the stack "${name}" has no agents`, ["create them: claws up"]);
      if (agent === undefined) return agents;
      const one = agents.get(agent);
      if (one === undefined)
        throw new UserError(`the stack "${name}" has no agent "${agent}"`, [`it has ${[...agents.keys()].join(", ")}`]);
      return new Map([[agent, one]]);
    },
  };
}
