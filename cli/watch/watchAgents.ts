// SPDX-License-Identifier: Apache-2.0
import type { DaemonStatus } from "../../protocol/daemonStatus.ts";
import { AGENTS_AT_ONCE, atOnce } from "../atOnce.ts";
import type { Effects } from "../effects.ts";
import { UserError } from "../errors.ts";
import { pushKeys, type PushResult } from "../pushKeys.ts";
import { openSealing } from "../sealing.ts";
import type { KnownAgents } from "../stackOutputs.ts";
import type { Stack } from "../stackTypes.ts";
import type { TailnetStatus } from "../tailnet.ts";
import { askOnce } from "../waitForAgents.ts";
import { onlyKeys, type WantedKeys } from "./wantedKeys.ts";
import { isServed, WatchedAgent } from "./watchedAgent.ts";
import type { Report } from "./watchEvent.ts";

/** What is watched, and how. */
export interface AgentWatch {
  readonly stack: Stack;
  readonly agentsOf: (stack: Stack) => Promise<KnownAgents>;
  readonly wanted: WantedKeys;
  /** Milliseconds between two looks. */
  readonly interval: number;
  readonly report: Report;
}

/** What {@link AgentWatcher} uses of the effects. */
export type WatchEffects = Pick<Effects, "daemonAt" | "tailnetStatus" | "signal" | "now">;

/** The stack's outputs cost a run of the engine; a node that is missing makes them be read sooner. */
const OUTPUTS_AGE = 5 * 60_000;
const OUTPUTS_AGE_WHEN_MISSING = 60_000;

/** Keeps the agents of a stack supplied with the keys that the vault has for them. It writes to no vault and no stack. */
export class AgentWatcher {
  readonly #watch: AgentWatch;
  readonly #effects: WatchEffects;
  readonly #memories = new Map<string, WatchedAgent>();
  #agents: KnownAgents | undefined;
  #agentsReadAt = 0;
  #isNodeMissing = false;

  constructor(watch: AgentWatch, effects: WatchEffects) {
    this.#watch = watch;
    this.#effects = effects;
  }

  /**
   * Looks at every agent once and pushes what it lacks.
   *
   * @returns whether each agent has, afterwards, what the vault has for it.
   * @throws UserError when the tailnet, or at first the stack, cannot be asked
   */
  async round(): Promise<ReadonlyMap<string, boolean>> {
    await this.#refreshVault();
    const agents = await this.#knownAgents();
    const tailnet = await this.#effects.tailnetStatus();
    const here = new Set(tailnet.peers.map(({ nodeId }) => nodeId));
    this.#isNodeMissing = [...agents.values()].some(({ nodeId }) => !here.has(nodeId));
    const fixed = { ...this.#effects, tailnetStatus: () => Promise.resolve(tailnet) };
    // The keys of the others stay with their owner's broker.
    const own = [...agents].filter(([, { broker }]) => broker === null);
    const looks = await atOnce(AGENTS_AT_ONCE, own, async ([name, agent]) =>
      this.#look(name, await askOnce(agent, fixed)),
    );
    return await this.#pushTo(looks, agents, tailnet);
  }

  #look(name: string, answer: DaemonStatus | string): Look {
    const wanted = this.#watch.wanted.of(name);
    const { events, push } = this.#memory(name).look(answer, wanted, this.#now());
    for (const event of events) this.#watch.report(event);
    return { name, answer, push, isServed: isServed(answer, wanted) };
  }

  async #pushTo(
    looks: readonly Look[],
    agents: KnownAgents,
    tailnet: TailnetStatus,
  ): Promise<ReadonlyMap<string, boolean>> {
    const served = new Map(looks.map((look) => [look.name, look.isServed]));
    const needing = looks.filter(({ push }) => push.length > 0);
    if (needing.length === 0) return served;
    const names = new Map(needing.map(({ name, push }) => [name, push]));
    const chosen = new Map([...agents].filter(([name]) => names.has(name)));
    const results = await this.#watch.wanted.withDocument(async (document) => {
      const push = { document: onlyKeys(document, names), sealing: openSealing(document, this.#watch.stack) };
      return await pushKeys(chosen, push, { ...this.#effects, tailnetStatus: () => Promise.resolve(tailnet) });
    });
    for (const look of needing) {
      const own = results.filter(({ agent }) => agent === look.name);
      this.#take(look, own);
      const arrived = own.every(({ result }) => result === "pushed" || result === "unchanged");
      served.set(look.name, arrived && own.length > 0);
    }
    return served;
  }

  #take({ name, answer }: Look, results: readonly PushResult[]): void {
    if (typeof answer === "string") return;
    const times = { now: this.#now(), interval: this.#watch.interval };
    for (const event of this.#memory(name).pushed(results, answer, times)) this.#watch.report(event);
  }

  async #refreshVault(): Promise<void> {
    try {
      const isRead = await this.#watch.wanted.refresh();
      this.#told.delete("vault");
      if (!isRead) return;
      this.#watch.report({ agent: null, event: "changed", detail: "the vault was read again" });
      for (const memory of this.#memories.values()) memory.tryAgain();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#trouble("vault", `the keys of before are gone on with: ${error.message}`);
    }
  }

  async #knownAgents(): Promise<KnownAgents> {
    const age = this.#now() - this.#agentsReadAt;
    const limit = this.#isNodeMissing ? OUTPUTS_AGE_WHEN_MISSING : OUTPUTS_AGE;
    // A clock that was set back makes the age negative.
    if (this.#agents !== undefined && age >= 0 && age < limit) return this.#agents;
    this.#agentsReadAt = this.#now();
    try {
      const read = await this.#watch.agentsOf(this.#watch.stack);
      this.#told.delete("stack");
      this.#tellOfOthers(read);
      this.#agents = read;
      return read;
    } catch (error) {
      if (this.#agents === undefined || !(error instanceof UserError)) throw error;
      this.#trouble("stack", `the agents of before are gone on with: ${error.message}`);
      return this.#agents;
    }
  }

  #tellOfOthers(read: KnownAgents): void {
    const before = this.#agents;
    for (const [name, { nodeId }] of read) {
      if (before?.get(name)?.nodeId === nodeId) continue;
      // Another droplet of the same name begins anew.
      this.#memories.delete(name);
      if (before !== undefined) this.#watch.report({ agent: name, event: "changed", detail: `its node is ${nodeId}` });
    }
    for (const name of before?.keys() ?? [])
      if (!read.has(name)) this.#watch.report({ agent: name, event: "changed", detail: "the stack no longer has it" });
  }

  /** The trouble of each kind that goes on. */
  readonly #told = new Map<"vault" | "stack", string>();

  /** Once, until it is over or is another. */
  #trouble(kind: "vault" | "stack", detail: string): void {
    if (detail !== this.#told.get(kind)) this.#watch.report({ agent: null, event: "trouble", detail });
    this.#told.set(kind, detail);
  }

  #memory(name: string): WatchedAgent {
    const memory = this.#memories.get(name) ?? new WatchedAgent(name);
    this.#memories.set(name, memory);
    return memory;
  }

  #now(): number {
    return this.#effects.now().getTime();
  }
}

interface Look {
  readonly name: string;
  readonly answer: DaemonStatus | string;
  readonly push: readonly string[];
  readonly isServed: boolean;
}
