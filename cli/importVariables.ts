// SPDX-License-Identifier: Apache-2.0
import { PROVIDERS } from "../broker/providerTable.ts";
import type { Effects } from "./effects.ts";
import { planImport, type ImportChoices, type ImportStep } from "./importPlan.ts";
import { warnOfFormats } from "./importReport.ts";
import type { Variable } from "./importText.ts";
import { checkAgent } from "./keyEntry.ts";
import { knownTargets, withMappings } from "./variableTargets.ts";
import { readVault, updateVault, type VaultAccess } from "./vault.ts";

/** What the command line says of an import. */
export interface ImportRequest {
  readonly access: VaultAccess;
  readonly agent: string | undefined;
  readonly mappings: readonly string[];
  readonly ignoreOthers: boolean;
  readonly dryRun: boolean;
}

/** Imports all or nothing, and writes nothing when the vault has it all already. @throws UserError as {@link planImport} does */
export async function importVariables(
  { access, agent, mappings, ignoreOthers, dryRun }: ImportRequest,
  read: () => Promise<readonly Variable[]>,
  { now, terminal }: Pick<Effects, "now" | "terminal">,
): Promise<readonly ImportStep[]> {
  if (agent !== undefined) checkAgent(agent);
  const targets = withMappings(knownTargets(PROVIDERS), mappings);
  const choices: ImportChoices = {
    targets,
    ignoreOthers,
    now: now().toISOString(),
    ...(agent === undefined ? {} : { agent }),
  };
  const current = await readVault({ ...access, purpose: dryRun ? "show" : "change" });
  const variables = await read();
  const plan = planImport(current, variables, choices);
  warnOfFormats(variables, targets, terminal);
  if (dryRun || plan.document === current) return plan.steps;
  let { steps } = plan;
  await updateVault(access, (before) => {
    const planned = planImport(before, variables, choices);
    ({ steps } = planned);
    return planned.document;
  });
  return steps;
}
