// SPDX-License-Identifier: Apache-2.0
import type { AuditResult } from "./audit/auditRule.ts";
import { renderTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** Prints each rule with its result, and a complaint for each break. */
export function reportAudit(results: readonly AuditResult[], checked: number, terminal: Terminal, json: boolean): void {
  if (json) terminal.print(JSON.stringify({ checked, results }));
  else
    terminal.print(
      renderTable(
        ["RULE", "RESULT"],
        results.map(({ rule, result }) => [rule, result]),
      ),
    );
  for (const { must, breaks } of results) {
    for (const one of breaks) terminal.complain(one, [must]);
  }
  terminal.notice(`${checked} resources checked against ${results.length} rules`);
}
