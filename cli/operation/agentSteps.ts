// SPDX-License-Identifier: Apache-2.0
import { nameIn, type EngineFact } from "../engineEvent.ts";
import { ResourceType } from "../stackState.ts";
import { labelOf, pastOf, wordsOf } from "./stepWords.ts";

/** One thing that is done for an agent. */
export interface Step {
  /** `create droplet`: what it is known by from one run to the next. */
  readonly key: string;
  readonly label: string;
  readonly state: "running" | "done" | "failed";
  /** What it is at, or what became of it. */
  readonly text: string;
  /** Milliseconds since the operation began. */
  readonly started: number;
  readonly ended?: number;
}

/** An agent and its steps, in the order in which they began. */
export interface AgentView {
  readonly agent: string;
  readonly steps: readonly Step[];
  /** It is made in this operation. */
  readonly isNew: boolean;
}

/** To whom resources belong, as an earlier run or the state tells. */
export interface Owners {
  readonly byUrn?: ReadonlyMap<string, string>;
  /** Names of agents that the stack has had. */
  readonly names?: readonly string[];
}

type ResourceFact = Extract<EngineFact, { kind: "resource" }>;

/** Turns what the engine reports into steps per agent: each resource belongs to the Agent component above it. */
export class AgentSteps {
  readonly #now: () => number;
  readonly #onStep: (agent: string, step: Step) => void;
  readonly #owners: Owners;
  readonly #parents = new Map<string, string>();
  readonly #new = new Set<string>();
  readonly #agents = new Map<string, Map<string, Step>>();
  readonly #running = new Map<string, { readonly agent: string; readonly slot: string; readonly operation: string }>();

  /**
   * @param now milliseconds since the operation began
   * @param onStep called for each step of the engine that begins or ends
   * @param owners what is known beforehand: when the engine deletes, it names the components last
   */
  constructor(now: () => number, onStep: (agent: string, step: Step) => void, owners: Owners = {}) {
    this.#owners = owners;
    this.#now = now;
    this.#onStep = onStep;
  }

  get views(): readonly AgentView[] {
    return [...this.#agents].map(([agent, steps]) => ({
      agent,
      steps: [...steps.values()],
      isNew: this.#new.has(agent),
    }));
  }

  /** Takes one fact of the engine. */
  take(fact: EngineFact | undefined): void {
    if (fact?.kind !== "resource") return;
    if (fact.parent !== "") this.#parents.set(fact.urn, fact.parent);
    if (fact.type === ResourceType.agent && fact.operation === "create") this.#expect(nameIn(fact.urn));
    const label = labelOf(fact.type, fact.urn);
    if (label === undefined) return;
    if (fact.phase === "start") this.#begin(fact, label);
    else this.#end(fact, label);
  }

  /** Says what an agent is at in a step that the engine knows nothing of. */
  set(agent: string, key: string, { label, state, text }: Pick<Step, "label" | "state" | "text">): void {
    const steps = this.#stepsOf(agent);
    const ended = state === "running" ? {} : { ended: this.#now() };
    steps.set(key, { key, label, state, text, started: steps.get(key)?.started ?? this.#now(), ...ended });
  }

  #expect(agent: string): void {
    this.#new.add(agent);
    this.#stepsOf(agent);
  }

  #begin(fact: ResourceFact, label: string): void {
    const words = wordsOf(fact.operation);
    if (words === undefined) return;
    const agent = this.#agentOf(fact.urn);
    const key = `${fact.operation} ${label}`;
    const slot = `${key} ${fact.urn}`;
    this.#running.set(fact.urn, { agent, slot, operation: fact.operation });
    this.#put(agent, slot, { key, label, state: "running", text: words.now, started: this.#now() });
  }

  #end(fact: ResourceFact, label: string): void {
    const begun = this.#running.get(fact.urn);
    const words = wordsOf(fact.operation);
    if (begun === undefined && (words === undefined || fact.phase === "done")) return;
    this.#running.delete(fact.urn);
    const agent = begun?.agent ?? this.#agentOf(fact.urn);
    const operation = begun?.operation ?? fact.operation;
    const slot = begun?.slot ?? `${operation} ${label} ${fact.urn}`;
    const state = fact.phase === "failed" ? "failed" : "done";
    const text = state === "failed" ? "failed" : pastOf(operation, fact.operation);
    const started = this.#agents.get(agent)?.get(slot)?.started ?? this.#now();
    this.#put(agent, slot, { key: `${operation} ${label}`, label, state, text, started, ended: this.#now() });
  }

  #put(agent: string, slot: string, step: Step): void {
    this.#stepsOf(agent).set(slot, step);
    this.#onStep(agent, step);
  }

  #stepsOf(agent: string): Map<string, Step> {
    const steps = this.#agents.get(agent) ?? new Map<string, Step>();
    this.#agents.set(agent, steps);
    return steps;
  }

  #agentOf(urn: string): string {
    for (let at = urn; at !== ""; at = this.#parents.get(at) ?? "") {
      if (at.split("::")[2]?.split("$").at(-1) === ResourceType.agent) return nameIn(at);
    }
    return this.#owners.byUrn?.get(urn) ?? this.#agentByName(urn);
  }

  /** What belongs to an agent bears its name: `ada-vpc`. */
  #agentByName(urn: string): string {
    const name = nameIn(urn);
    if (!urn.includes(`::${ResourceType.agent}$`)) return name;
    const fitting = (this.#owners.names ?? []).filter((agent) => name === agent || name.startsWith(`${agent}-`));
    return fitting.sort((a, b) => b.length - a.length)[0] ?? name;
  }
}

/** One line of a step, for where nothing is redrawn. */
export function stepLine({ state, label, text, started, ended }: Step): string {
  if (state === "running") return `${text} ${label}`;
  return `${label} ${text} (${Math.round(((ended ?? started) - started) / 1000)} s)`;
}

/** What is done, what was under way, and what had not begun, for someone who interrupted. */
export function summaryOf(views: readonly AgentView[], notBegun: readonly string[] = []): string {
  const every = (wanted: (step: Step) => boolean, words: (step: Step) => string): readonly string[] =>
    views.flatMap(({ agent, steps }) => steps.filter(wanted).map((step) => `${agent}: ${words(step)}`));
  const line = (title: string, items: readonly string[]): string =>
    `  ${title}: ${items.length === 0 ? "nothing" : items.join(", ")}`;
  return [
    line(
      "done",
      every(
        ({ state }) => state === "done",
        ({ label, text }) => `${label} ${text}`,
      ),
    ),
    line(
      "unknown",
      every(
        ({ state }) => state !== "done",
        ({ label, text }) => `${text} ${label}`,
      ),
    ),
    line("not done", notBegun),
  ].join("\n");
}
