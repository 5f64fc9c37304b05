// SPDX-License-Identifier: Apache-2.0
import type { ImportStep } from "./importPlan.ts";
import type { Variable } from "./importText.ts";
import { warnOfFormat } from "./keyFormats.ts";
import { renderTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import type { TargetTable } from "./variableTargets.ts";

/** Prints what became, or would become, of each variable: names only. */
export function reportImport(steps: readonly ImportStep[], terminal: Terminal, json: boolean): void {
  if (json) {
    terminal.print(JSON.stringify(steps));
    return;
  }
  const rows = steps.map(({ variable, becomes, action, version }) => [
    variable,
    becomes ?? "-",
    version === undefined ? action : `${action}, version ${version}`,
  ]);
  terminal.print(renderTable(["VARIABLE", "BECOMES", "CHANGE"], rows));
}

/** Warns of values that look like another issuer's. */
export function warnOfFormats(variables: readonly Variable[], targets: TargetTable, terminal: Terminal): void {
  for (const { name, value } of variables) {
    const target = targets.get(name);
    if (target === undefined) continue;
    const notice = (line: string): void => terminal.notice(`${name}: ${line}`);
    warnOfFormat(value, "provider" in target ? target.provider : target.credential, { notice });
  }
}
