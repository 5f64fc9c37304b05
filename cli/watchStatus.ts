// SPDX-License-Identifier: Apache-2.0
import { fetchAgentStatus, fetchSources, type AgentStatus, type StatusSources } from "./agentStatus.ts";
import type { Effects } from "./effects.ts";
import { UserError } from "./errors.ts";
import type { KnownAgents } from "./stackOutputs.ts";
import type { Stack } from "./stackTypes.ts";
import { changesInWords, findChanges } from "./statusChanges.ts";
import { reportStatus } from "./statusReport.ts";
import { printableInColour } from "./textStyle.ts";

/** How to watch. */
export interface StatusWatch {
  readonly stack: Stack;
  readonly agentsOf: (stack: Stack) => Promise<KnownAgents>;
  /** Milliseconds between two looks at the agents. */
  readonly interval: number;
  readonly json: boolean;
  /** Resolves after the milliseconds, or when the watch is to end. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** State and cloud are asked at most once a minute: the one costs a run of the engine, the other counts against a limit. */
const SOURCES_AGE = 60_000;

/**
 * Looks at the agents again and again until the signal: redraws the screen where it can, else prints a line for each change. A look that
 * fails is told and the next one is waited for.
 */
export async function watchStatus(watch: StatusWatch, effects: Effects): Promise<void> {
  const show = watch.json || !effects.terminal.canRedrawData ? lineShower(watch.json, effects) : screenShower(effects);
  let sources: { readonly value: StatusSources; readonly at: number } | undefined;
  let trouble = "";
  while (!effects.signal.aborted) {
    try {
      const at = effects.now().getTime();
      if (sources === undefined || at - sources.at >= SOURCES_AGE || at < sources.at)
        sources = { value: await fetchSources(watch.stack, watch.agentsOf, effects), at };
      show(await fetchAgentStatus(sources.value, effects));
      trouble = "";
    } catch (error) {
      if (!(error instanceof UserError) || sources === undefined) throw error;
      if (error.message !== trouble) effects.terminal.notice(error.message);
      trouble = error.message;
    }
    await watch.pause(watch.interval);
  }
}

type Show = (agents: readonly AgentStatus[]) => void;

/** A line of JSON for each agent that changed, or a line of words for each change. */
function lineShower(json: boolean, { terminal, now }: Effects): Show {
  let before: readonly AgentStatus[] = [];
  return (agents) => {
    const changes = findChanges(before, agents);
    before = agents;
    const at = now().toISOString();
    if (!json) for (const line of changesInWords(changes)) terminal.print(`${at} ${line}`);
    else
      for (const name of new Set(changes.map(({ agent }) => agent))) {
        const own = changes.filter(({ agent }) => agent === name).map(({ what }) => what);
        terminal.print(
          JSON.stringify({ at, agent: name, changed: own, status: agents.find(({ agent }) => agent === name) ?? null }),
        );
      }
  };
}

/** The whole report, in place of the one before. */
function screenShower({ terminal, now }: Effects): Show {
  return (agents) => {
    const lines: string[] = [];
    const add = (text: string): void => void lines.push(...text.split("\n"));
    const { style, size } = terminal;
    const page = { style, print: add, notice: (line: string) => add(`claws: ${line}`) };
    reportStatus(agents, { terminal: page, now: now(), json: false });
    const shown = [...lines, "", `${now().toISOString()}, Ctrl-C ends`].slice(0, Math.max(size.rows - 1, 3));
    const cleared = shown.map((line) => `${printableInColour(line)}\u001b[K\n`).join("");
    terminal.draw(`\u001b[H${cleared}\u001b[J`);
  };
}
