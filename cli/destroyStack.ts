// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "./effects.ts";
import { ExitCode, UserError } from "./errors.ts";
import { findOrphans, orphanInWords, type OrphanSearch } from "./orphans.ts";
import type { Project } from "./project.ts";
import { fetchReceipt, type ReceiptLine } from "./receipt.ts";
import { withLiveOperation } from "./operation/liveOperation.ts";
import { runOperation } from "./runOperation.ts";
import { readStackStateWithPending } from "./stackState.ts";
import type { ChangeSummary, Stack } from "./stackTypes.ts";
import { renderTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** Lets a person type the stack's name. @throws UserError when it is not that name, or when nobody can be asked and `yes` was not given */
export async function confirm(
  stackName: string,
  yes: boolean,
  { terminal, ask }: Pick<Effects, "terminal" | "ask">,
): Promise<void> {
  if (yes) return;
  if (!terminal.canAsk)
    throw new UserError(`refusing to destroy stack "${stackName}" without being asked: there is no terminal`, [
      "say it with --yes",
    ]);
  const answer = await ask(
    `This destroys every agent of stack "${stackName}" and what is on its disk.\nType the stack's name to go on: `,
  );
  if (answer.trim() !== stackName) throw new UserError("that is not the stack's name; nothing was changed");
}

/** What is destroyed. */
export interface Destruction {
  readonly project: Project;
  readonly stackName: string;
  readonly stack: Stack;
  readonly json: boolean;
}

/**
 * Destroys a stack and prints the receipt: what was there, and whether the services still know it. When the engine fails on the way,
 * its error comes first, and the receipt shows how far it came. What bears the stack's name and was in no state counts as left.
 */
export async function destroyStack(destruction: Destruction, effects: Effects): Promise<ExitCode> {
  const { stack, json } = destruction;
  const before = readStackStateWithPending(await stack.exportState());
  const owners = new Map(before.filter(({ agent }) => agent !== "").map(({ urn, agent }) => [urn, agent]));
  const { changes, error } = await runDestroy(stack, owners, effects);
  if (error !== undefined) effects.terminal.complain(error.message, error.hints);
  const receipt = await fetchReceipt(before, effects);
  const search = await findOrphans({ ...destruction, before, receipt }, effects);
  if (json) {
    const failure = error === undefined ? {} : { error: error.message };
    const { orphans } = search;
    effects.terminal.print(JSON.stringify({ stack: stack.name, changes, ...failure, receipt, orphans }));
  } else printReceipt(receipt, effects.terminal);
  const isEmpty = reportLeft(stack.name, receipt, effects.terminal);
  const isAlone = reportOrphans(search, effects.terminal);
  return isEmpty && isAlone && error === undefined ? ExitCode.done : ExitCode.failed;
}

/** @returns whether nothing bears this stack's name */
function reportOrphans({ orphans, problems }: OrphanSearch, terminal: Terminal): boolean {
  for (const problem of problems) terminal.notice(`the search for what no stack knows is not complete: ${problem}`);
  const own = orphans.filter(({ isOfThisStack }) => isOfThisStack);
  const others = orphans.filter(({ isOfThisStack }) => !isOfThisStack);
  if (own.length > 0)
    terminal.complain(`there, and in no state: ${own.map(orphanInWords).join(", ")}`, [
      "they bear this stack's name; look at them, then remove them in the service's own console",
    ]);
  if (others.length > 0)
    terminal.notice(
      `with the agents' tag, and in no stack of this project: ${others.map(orphanInWords).join(", ")}; nothing was done to them`,
    );
  return own.length === 0;
}

/** @throws UserError when nothing was destroyed, or when the user stopped it */
async function runDestroy(
  stack: Stack,
  owners: ReadonlyMap<string, string>,
  effects: Effects,
): Promise<{ readonly changes: ChangeSummary; readonly error?: UserError }> {
  try {
    const name = { operation: "destroy", stack, owners } as const;
    const changes = await withLiveOperation(
      name,
      effects,
      async (live) => await runOperation(async (run) => await stack.destroy(run), live, effects),
    );
    return { changes };
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== ExitCode.failed) throw error;
    return { changes: {}, error };
  }
}

/** @returns whether nothing is left */
function reportLeft(stackName: string, receipt: readonly ReceiptLine[], terminal: Terminal): boolean {
  const left = receipt.filter((line) => line.left);
  if (left.length > 0) {
    terminal.complain(`still there: ${left.map(nameOf).join(", ")}`, [
      "run claws destroy again; what stays then must be removed in the service's own console",
      ...(left.some(({ found }) => found !== undefined) ? [NODES_HINT] : []),
    ]);
    return false;
  }
  terminal.notice(
    receipt.length === 0
      ? `stack ${stackName} was empty`
      : `nothing of stack ${stackName} is left (${receipt.length} checks)`,
  );
  return true;
}

/** A second destroy no longer knows the agents' names. */
const NODES_HINT =
  "remove the tailnet nodes at https://login.tailscale.com/admin/machines, unless another stack has an agent of that name";

function nameOf({ plane, id, found = [] }: ReceiptLine): string {
  return `${plane} ${id}${found.length === 0 ? "" : ` (${found.join(", ")})`}`;
}

function printReceipt(receipt: readonly ReceiptLine[], terminal: Terminal): void {
  if (receipt.length === 0) return;
  const sorted = [...receipt].sort((a, b) => (`${a.agent} ${a.plane}` < `${b.agent} ${b.plane}` ? -1 : 1));
  terminal.print(
    renderTable(
      ["AGENT", "WHAT", "ID", "NOW"],
      sorted.map(({ agent, plane, id, left }) => [agent, plane, id, left ? "STILL THERE" : "gone"]),
    ),
  );
}
