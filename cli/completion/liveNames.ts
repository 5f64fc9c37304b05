// SPDX-License-Identifier: Apache-2.0
import { recallAgents } from "../agentNames.ts";
import type { Effects } from "../effects.ts";
import { UserError } from "../errors.ts";
import { configuredStacks, findProject, stackName } from "../project.ts";

/** What a shell may be given: it would expand anything else. */
const HARMLESS = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/**
 * Names for a shell's completion, one a line: `claws __complete agents|stacks WORDS...`, where the words are the line so far.
 * Never asks the engine or a service, and never complains: a person is in the middle of typing.
 */
export function liveNames(
  [kind, ...line]: readonly string[],
  { environment, workingDirectory }: Pick<Effects, "environment" | "workingDirectory">,
): readonly string[] {
  try {
    const project = findProject(workingDirectory, valueOf(line, "--cwd"));
    const names =
      kind === "stacks"
        ? configuredStacks(project)
        : recallAgents(environment, {
            root: project.root,
            name: stackName(project, environment, valueOf(line, "--stack")),
          });
    return names.filter((name) => HARMLESS.test(name));
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

/** bash takes `--stack=dev` apart into three words. */
function valueOf(line: readonly string[], option: string): string | undefined {
  const index = line.findIndex((word) => word === option || word.startsWith(`${option}=`));
  const word = line[index];
  if (word === undefined) return undefined;
  if (word !== option) return word.slice(option.length + 1);
  const value = line[index + 1] === "=" ? line[index + 2] : line[index + 1];
  return value === "" ? undefined : value;
}
