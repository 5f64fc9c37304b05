// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "./effects.ts";
import { nameIn, readEngineEvent } from "./engineEvent.ts";
import { UserError } from "./errors.ts";
import { withLiveOperation } from "./operation/liveOperation.ts";
import { runOperation } from "./runOperation.ts";
import type { ChangeSummary, EngineEvent, EngineRun, Stack } from "./stackTypes.ts";
import { renderTable } from "./table.ts";
import { askYesOrNo } from "./yesOrNo.ts";

/** A resource that is not as the state says. */
export interface Drift {
  readonly operation: string;
  readonly type: string;
  readonly name: string;
  /** Names of its properties that differ, never their values. */
  readonly changed: readonly string[];
}

/** How far {@link refreshStack} goes. */
export interface RefreshOptions {
  /** Write without asking. */
  readonly yes: boolean;
  /** Only show. */
  readonly previewOnly: boolean;
  readonly json: boolean;
}

/**
 * Shows what drifted and, once someone agreed, writes it into the state. Who agreed beforehand is shown what was written.
 *
 * @throws UserError when nobody agreed
 */
export async function refreshStack(stack: Stack, options: RefreshOptions, effects: Effects): Promise<void> {
  if (!options.yes) {
    const { drifted, changes } = await collect(stack, "previewRefresh", effects);
    const isOver = options.previewOnly || drifted.length === 0;
    report(stack, { drifted, changes, written: false, isOver }, options, effects);
    if (isOver) return;
    await confirm(stack.name, effects);
  }
  const { drifted, changes } = await collect(stack, "refresh", effects);
  if (options.yes) report(stack, { drifted, changes, written: true, isOver: true }, options, effects);
  else if (options.json) effects.terminal.print(JSON.stringify({ stack: stack.name, changes, drifted, written: true }));
  if (drifted.length > 0)
    effects.terminal.notice("the state is as the services say; claws up makes the stack as its file says");
}

/** @throws UserError before anything is asked of a service, when there is nobody to ask */
export function refuseWithoutAnswer(
  stackName: string,
  { yes, previewOnly }: Pick<RefreshOptions, "yes" | "previewOnly">,
  { terminal }: Pick<Effects, "terminal">,
): void {
  if (yes || previewOnly || terminal.canAsk) return;
  throw new UserError(
    `refusing to change the state of stack "${stackName}" without being asked: there is no terminal`,
    ["say it with --yes, or only look with --preview-only"],
  );
}

async function confirm(stackName: string, { ask }: Pick<Effects, "ask">): Promise<void> {
  if (!(await askYesOrNo(`Write this into the state of stack "${stackName}"?`, { ask })))
    throw new UserError("not confirmed; nothing was changed");
}

async function collect(
  stack: Stack,
  operation: "refresh" | "previewRefresh",
  effects: Effects,
): Promise<{ readonly drifted: readonly Drift[]; readonly changes: ChangeSummary }> {
  const drifted: Drift[] = [];
  const look = async (run: EngineRun): Promise<ChangeSummary> =>
    await stack[operation]({
      ...run,
      onEvent: (event) => {
        run.onEvent(event);
        const drift = driftIn(event);
        if (drift !== undefined) drifted.push(drift);
      },
    });
  const name = { operation: "refresh", stack } as const;
  const changes = await withLiveOperation(name, effects, async (live) => await runOperation(look, live, effects));
  return { drifted, changes };
}

function driftIn(event: EngineEvent): Drift | undefined {
  const fact = readEngineEvent(event);
  if (fact?.kind !== "resource" || fact.phase !== "done" || !["update", "delete"].includes(fact.operation))
    return undefined;
  return { operation: fact.operation, type: fact.type, name: nameIn(fact.urn), changed: fact.changed };
}

interface Found {
  readonly drifted: readonly Drift[];
  readonly changes: ChangeSummary;
  readonly written: boolean;
  /** Nothing follows: the one JSON text of this run. */
  readonly isOver: boolean;
}

function report(stack: Stack, found: Found, { json }: RefreshOptions, { terminal }: Pick<Effects, "terminal">): void {
  const { drifted, changes, written, isOver } = found;
  if (json) {
    if (isOver) terminal.print(JSON.stringify({ stack: stack.name, changes, drifted, written }));
  } else if (drifted.length > 0) {
    const rows = drifted.map(({ operation, type, name, changed }) => [
      operation === "delete" ? "gone" : "changed",
      type,
      name,
      changed.join(", ") || "-",
    ]);
    terminal.print(renderTable(["DRIFT", "TYPE", "NAME", "PROPERTIES"], rows));
  }
  const count = drifted.length === 1 ? "1 resource" : `${drifted.length} resources`;
  terminal.notice(drifted.length === 0 ? "nothing has drifted" : `${count} drifted, ${changes["same"] ?? 0} unchanged`);
}
