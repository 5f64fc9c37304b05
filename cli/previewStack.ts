// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "./effects.ts";
import { nameIn, readEngineEvent } from "./engineEvent.ts";
import type { Stack } from "./stackTypes.ts";
import { renderTable } from "./table.ts";
import { changesInWords } from "./upReport.ts";

/** Runs a preview and prints the planned changes. */
export async function previewStack(
  stack: Stack,
  { terminal, signal }: Pick<Effects, "terminal" | "signal">,
  { policyPacks, json }: { policyPacks: readonly string[]; json: boolean },
): Promise<void> {
  const planned: { operation: string; type: string; name: string }[] = [];
  const changes = await stack.preview({
    signal,
    policyPacks,
    onEvent: (event) => {
      const fact = readEngineEvent(event);
      if (fact?.kind !== "resource" || fact.phase !== "start" || fact.operation === "same") return;
      planned.push({ operation: fact.operation, type: fact.type, name: nameIn(fact.urn) });
    },
  });
  if (json) terminal.print(JSON.stringify({ changes, planned }));
  else if (planned.length > 0)
    terminal.print(
      renderTable(
        ["CHANGE", "TYPE", "NAME"],
        planned.map(({ operation, type, name }) => [operation, type, name]),
      ),
    );
  terminal.notice(changesInWords(changes));
}
