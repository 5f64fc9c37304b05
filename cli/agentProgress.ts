// SPDX-License-Identifier: Apache-2.0
import { nameIn, type EngineFact } from "./engineEvent.ts";
import { isEnrolmentStep } from "./stackState.ts";
import type { Progress } from "./progress.ts";

const AGENT_TYPE = "office-claws:index:Agent";
const LABELS: Readonly<Record<string, string>> = {
  "digitalocean:index/tag:Tag": "tag",
  "digitalocean:index/firewall:Firewall": "firewall",
  "digitalocean:index/vpc:Vpc": "VPC",
  "digitalocean:index/droplet:Droplet": "droplet",
  "tailscale:index/tailnetKey:TailnetKey": "auth key",
  "command:local:Command": "tailnet node",
};
const VERBS: Readonly<Record<string, readonly [string, string]>> = {
  create: ["creating", "created"],
  "create-replacement": ["creating new", "created anew"],
  update: ["updating", "updated"],
  delete: ["deleting", "deleted"],
  "delete-replaced": ["deleting old", "old one deleted"],
};

/** Turns what the engine reports into a line per agent: each resource belongs to the Agent component above it. */
export class AgentProgress {
  readonly #progress: Progress;
  readonly #clock: () => number;
  readonly #parents = new Map<string, string>();
  readonly #started = new Map<string, number>();
  readonly #done = new Set<string>();
  readonly #open = new Map<string, string>();

  /** @param clock milliseconds from any start */
  constructor(progress: Progress, clock: () => number) {
    this.#progress = progress;
    this.#clock = clock;
  }

  /** What is finished and what was under way, for someone who interrupted. */
  summary(): string {
    const open = [...this.#open.values()];
    return `done: ${this.#done.size === 0 ? "nothing" : [...this.#done].join(", ")}; not finished: ${open.length === 0 ? "nothing" : open.join(", ")}`;
  }

  /** Takes one fact. */
  take(fact: EngineFact | undefined): void {
    if (fact?.kind !== "resource") return;
    this.#parents.set(fact.urn, fact.parent);
    const [verb, past] = VERBS[fact.operation] ?? [];
    const label = isEnrolmentStep(fact.urn) ? "enrolment secret" : LABELS[fact.type];
    if (verb === undefined || past === undefined || label === undefined) return;
    const agent = this.#agentOf(fact.urn);
    if (fact.phase === "start") {
      this.#started.set(fact.urn, this.#clock());
      this.#open.set(fact.urn, `${agent}: ${verb} ${label}`);
      this.#progress.set(agent, `${verb} ${label}`);
      return;
    }
    this.#open.delete(fact.urn);
    if (fact.phase === "done") this.#done.add(`${agent}: ${label} ${past}`);
    this.#progress.set(agent, `${label} ${fact.phase === "failed" ? "failed" : past}${this.#seconds(fact.urn)}`);
  }

  #agentOf(urn: string): string {
    for (let at = urn; at !== ""; at = this.#parents.get(at) ?? "") {
      if (at.split("::")[2]?.split("$").at(-1) === AGENT_TYPE) return nameIn(at);
    }
    return nameIn(urn);
  }

  #seconds(urn: string): string {
    const started = this.#started.get(urn);
    return started === undefined ? "" : ` (${Math.round((this.#clock() - started) / 1000)} s)`;
  }
}
