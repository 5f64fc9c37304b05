// SPDX-License-Identifier: Apache-2.0
import type { AuditResult } from "./audit/auditRule.ts";
import { renderTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** Prints each rule with its result, and a complaint for each that is broken. */
export function reportAudit(results: readonly AuditResult[], checked: number, terminal: Terminal, json: boolean): void {
  if (json) terminal.print(JSON.stringify({ checked, results }));
  else
    terminal.print(
      renderTable(
        ["RULE", "RESULT"],
        results.map(({ rule, result }) => [rule, result]),
      ),
    );
  for (const { rule, must, breaks } of results) {
    if (breaks.length > 0) terminal.complain(`${rule}: ${breaks.join("; ")}`, [must]);
  }
  if (checked === 0)
    terminal.notice("warning: 0 resources checked: the stack is empty, so this says nothing about any agent");
  else terminal.notice(`${checked} resources checked against ${results.length} rules`);
}
