// SPDX-License-Identifier: Apache-2.0
import { ParseError } from "../../protocol/parseError.ts";
import { readList, readObject, readText, readWhole } from "../../protocol/shape.ts";
import { readCache, writeCache } from "../cacheFile.ts";
import type { Environment } from "../environment.ts";
import { AGENT_LABELS } from "./stepWords.ts";
import type { AgentView, Step } from "./agentSteps.ts";

/** When a step of an agent began and ended in the last run, in milliseconds since that run began. */
export interface StepTime {
  readonly agent: string;
  readonly key: string;
  readonly started: number;
  readonly ended: number;
}

/** Which operation on which stack. */
export interface OperationName {
  readonly operation: "up" | "refresh" | "destroy";
  readonly stack: { readonly root: string; readonly name: string };
  /** To which agent each resource belongs, where the state was read. */
  readonly owners?: ReadonlyMap<string, string>;
}

/** The verb of what comes after the engine, whatever that had to do. */
export const THEN = "then";

const milliseconds = readWhole(0);
const word = readText(100);
const readTimes = readObject<{ steps: readonly StepTime[] }>({
  steps: readList(readObject<StepTime>({ agent: word, key: word, started: milliseconds, ended: milliseconds }), 400),
});

/** The times of the last run; none when there are none that can be read. */
export function recallTimes(environment: Environment, name: OperationName): readonly StepTime[] {
  try {
    return readTimes(readCache(environment, cacheKey(name)), "").steps.filter(({ started, ended }) => started <= ended);
  } catch (error) {
    if (error instanceof ParseError) return [];
    throw error;
  }
}

/** Keeps the times of a run that came to its end, beside those of agents and kinds of change that it did not have. */
export async function rememberTimes(
  environment: Environment,
  name: OperationName,
  views: readonly AgentView[],
): Promise<void> {
  const steps = views.flatMap(({ agent, steps: all }) => all.flatMap((step) => timeOf(agent, step)));
  if (steps.length === 0) return;
  const seen = new Set(steps.map(kindOf));
  const kept = recallTimes(environment, name).filter((time) => !seen.has(kindOf(time)));
  await writeCache(environment, cacheKey(name), { steps: [...steps, ...kept].slice(0, 400) });
}

/**
 * How long an operation will still take, in milliseconds, when it goes as the last one did; undefined when that says nothing.
 *
 * @param now milliseconds since the operation began
 */
export function remaining(views: readonly AgentView[], times: readonly StepTime[], now: number): number | undefined {
  const ends = views.map(({ agent, steps }) => endOf(agent, steps, times)).filter((end) => end !== undefined);
  return ends.length === 0 ? undefined : Math.max(0, ...ends.map((end) => end - now));
}

/** The labels of what an agent has had with these kinds of change, or what a new one always has, and not yet in this run. */
export function notBegun({ agent, steps, isNew }: AgentView, times: readonly StepTime[]): readonly string[] {
  const begun = new Set(steps.map(({ key }) => key));
  const known = expected(agent, steps, times);
  if (isNew && !known.some(({ key }) => verbOf(key) === "create"))
    return AGENT_LABELS.filter((label) => !begun.has(`create ${label}`));
  return known.filter(({ key }) => !begun.has(key)).map(({ key }) => key.slice(key.indexOf(" ") + 1));
}

/** As late as the agent is by its latest step, so late it will be at the end. */
function endOf(agent: string, steps: readonly Step[], times: readonly StepTime[]): number | undefined {
  const before = expected(agent, steps, times);
  const pending = before.filter(({ key }) => steps.find((step) => step.key === key)?.ended === undefined);
  if (pending.length === 0) return undefined;
  const lags = steps.flatMap(({ key, started, ended }) => {
    const time = before.find((one) => one.key === key);
    return time === undefined ? [] : [ended === undefined ? started - time.started : ended - time.ended];
  });
  return Math.max(...pending.map(({ ended }) => ended)) + (lags.at(-1) ?? 0);
}

/** What the agent did last time, or for a new one what the slowest of the others did. */
function expected(agent: string, steps: readonly Step[], times: readonly StepTime[]): readonly StepTime[] {
  const kinds = new Set([THEN, ...steps.map(({ key }) => verbOf(key))]);
  const ofKind = times.filter(({ key }) => kinds.has(verbOf(key)));
  const own = ofKind.filter((time) => time.agent === agent);
  if (own.length > 0) return own;
  const slowest = ofKind.reduce<StepTime | undefined>(
    (most, time) => (time.ended > (most?.ended ?? 0) ? time : most),
    undefined,
  );
  return ofKind.filter((time) => time.agent === slowest?.agent);
}

function timeOf(agent: string, { key, state, started, ended }: Step): readonly StepTime[] {
  if (state !== "done" || ended === undefined) return [];
  return [{ agent, key, started: Math.round(started), ended: Math.round(ended) }];
}

function kindOf({ agent, key }: Pick<StepTime, "agent" | "key">): string {
  return `${agent} ${verbOf(key)}`;
}

function verbOf(key: string): string {
  return key.split(" ", 1)[0] ?? "";
}

function cacheKey({ operation, stack }: OperationName): { readonly kind: "durations"; readonly of: readonly string[] } {
  return { kind: "durations", of: [stack.root, stack.name, operation] };
}
