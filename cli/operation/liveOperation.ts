// SPDX-License-Identifier: Apache-2.0
import { recallAgents } from "../agentNames.ts";
import type { Effects } from "../effects.ts";
import type { EngineFact } from "../engineEvent.ts";
import type { Progress } from "../progress.ts";
import { AgentSteps, stepLine, summaryOf, type AgentView } from "./agentSteps.ts";
import {
  notBegun,
  recallTimes,
  remaining,
  rememberTimes,
  THEN,
  type OperationName,
  type StepTime,
} from "./durations.ts";
import { marksFor } from "./marks.ts";
import { Redraw } from "./redraw.ts";
import { renderTree, type TreeAgent } from "./treeView.ts";

/** An operation on a stack that is shown while it goes on. */
export interface LiveOperation extends Progress {
  /** Takes what the engine reports. */
  take(fact: EngineFact | undefined): void;
  /** What is done, unknown and not done. */
  summary(): string;
}

/**
 * Shows an operation while the work goes on: as a tree on a terminal that can, else by a line for each change. How long everything
 * took is kept when the work comes to its end. `effects.signal` is the user's first Ctrl-C.
 */
export async function withLiveOperation<T>(
  name: OperationName,
  effects: LiveEffects,
  work: (live: LiveOperation) => Promise<T>,
): Promise<T> {
  const { live, end } = startLiveOperation(name, effects);
  try {
    const result = await work(live);
    await end("finished");
    return result;
  } finally {
    await end();
  }
}

type LiveEffects = Pick<Effects, "terminal" | "environment" | "signal">;

/** How time passes. */
export interface Clock {
  /** Milliseconds from any start. */
  readonly now: () => number;
  /** Calls back every so many milliseconds until the function that it gives is called. */
  readonly every: (milliseconds: number, callback: () => void) => () => void;
}

const SECOND = 1000;
const realClock: Clock = {
  now: () => performance.now(),
  every: (milliseconds, callback) => {
    const timer = setInterval(callback, milliseconds).unref();
    return () => clearInterval(timer);
  },
};

/** The same in two parts. */
export function startLiveOperation(
  name: OperationName,
  effects: LiveEffects,
  clock: Clock = realClock,
): { readonly live: LiveOperation; readonly end: (outcome?: "finished") => Promise<void> } {
  const { terminal, environment, signal } = effects;
  const began = clock.now();
  const now = (): number => clock.now() - began;
  const times = recallTimes(environment, name);
  const lines = terminal.canRedraw ? undefined : (text: string): void => terminal.say(text);
  const owners = {
    names: recallAgents(environment, name.stack),
    ...(name.owners === undefined ? {} : { byUrn: name.owners }),
  };
  const steps = new AgentSteps(now, (agent, step) => lines?.(`${agent}: ${stepLine(step)}`), owners);
  const redraw = new Redraw(terminal);
  const title = (end?: string): string =>
    `${name.operation} ${name.stack.name}${end === undefined && signal.aborted ? STOPPING : end === "stopped" ? ", not finished" : ""}`;
  const draw = (end?: "finished" | "stopped"): void => {
    if (lines !== undefined || steps.views.length === 0) return;
    const { columns, rows } = terminal.size;
    const screen = {
      // The last column stays free: some terminals break the line there.
      columns: columns - 1,
      rows: end === undefined ? rows - 1 : Infinity,
      style: terminal.talkStyle,
      marks: marksFor(environment),
    };
    const agents = steps.views.map((view) => withTimes(view, times));
    redraw.draw(
      renderTree({ title: title(end), agents, now: now(), left: remaining(steps.views, times, now()), end }, screen),
    );
  };
  const stop = lines === undefined ? clock.every(SECOND, () => draw()) : undefined;
  const interrupted = (): void => (lines === undefined ? draw() : terminal.notice(STOPPING.slice(2)));
  signal.addEventListener("abort", interrupted, { once: true });
  const live: LiveOperation = {
    take: (fact) => {
      steps.take(fact);
      draw();
    },
    set: (agent, text, outcome) => {
      steps.set(agent, `${THEN} keys`, { label: "", state: outcome ?? "running", text });
      lines?.(`${agent}: ${text}`);
      draw();
    },
    summary: () =>
      summaryOf(
        steps.views,
        steps.views.flatMap((view) => notBegun(view, times).map((label) => `${view.agent}: ${label}`)),
      ),
  };
  let isOver = false;
  const end = async (outcome?: "finished"): Promise<void> => {
    if (isOver) return;
    isOver = true;
    stop?.();
    signal.removeEventListener("abort", interrupted);
    draw(outcome ?? "stopped");
    if (outcome === "finished") await rememberTimes(environment, name, steps.views);
  };
  return { live, end };
}

const STOPPING = ", stopping cleanly; Ctrl-C again stops at once";

function withTimes(view: AgentView, times: readonly StepTime[]): TreeAgent {
  const own = times.filter(({ agent }) => agent === view.agent);
  return {
    ...view,
    waiting: notBegun(view, times),
    usual: new Map(own.map(({ key, started, ended }) => [key, ended - started])),
  };
}
