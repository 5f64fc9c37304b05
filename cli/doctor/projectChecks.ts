// SPDX-License-Identifier: Apache-2.0
import type { Check } from "../doctor.ts";
import { UserError } from "../errors.ts";
import { checkPassphrase } from "../passphrase.ts";
import { policyPacks } from "../policyPack.ts";
import { configuredStacks, findProject } from "../project.ts";
import type { DoctorWorld } from "./doctorWorld.ts";

/** The project on disk, and what the engine needs to run it. */
export function projectChecks({ effects, where }: DoctorWorld): readonly Check[] {
  const { environment, workingDirectory } = effects;
  const group = "project";
  return [
    { group, title: "project", run: async () => await Promise.resolve(checkProject(workingDirectory, where.cwd)) },
    {
      ...{ group, title: "policy pack" },
      run: async () => await Promise.resolve(policyPacks(environment, workingDirectory).join(", ")),
    },
    { group, title: "passphrase", run: async () => checkPassphrase(await effects.cloudEnvironment()) },
  ];
}

function checkProject(from: string, cwd?: string): string {
  const project = findProject(from, cwd);
  const stacks = configuredStacks(project);
  if (stacks.length === 0)
    throw new UserError(`"${project.configFolder}" has no file Pulumi.<stack>.yaml`, [
      "list your agents in one, as the README shows",
    ]);
  return `${project.root}, stacks ${stacks.join(", ")}`;
}
