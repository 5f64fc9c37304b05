// SPDX-License-Identifier: Apache-2.0
import type { DaemonStatus } from "../protocol/daemonStatus.ts";
import type { Effects } from "./effects.ts";
import { ExitCode, Interrupted } from "./errors.ts";
import { findExposure } from "./exposure.ts";
import { lineProgress, type Progress } from "./progress.ts";
import { allArrived, pushKeys, type Push, type PushResult } from "./pushKeys.ts";
import type { KnownAgent, KnownAgents } from "./stackOutputs.ts";
import { currentKeys } from "./vaultDocument.ts";
import { waitForDaemon } from "./waitForAgents.ts";

/** What became of one agent after the engine was done. */
export interface AgentOutcome {
  readonly agent: string;
  readonly dropletId: string;
  readonly nodeId: string;
  readonly nodeName: string;
  readonly state: "sealed" | "open" | "relay" | "unreachable";
  /** What is not as it must be, in words. */
  readonly problems: readonly string[];
  readonly keys: readonly PushResult[];
}

/**
 * Does for each agent, all at once, what the engine cannot: checks that the firewall is in effect and nothing answers from outside,
 * waits for the daemon, pushes the agent's keys. An agent that is exposed gets no key.
 */
export async function bringUp(
  agents: KnownAgents,
  push: Push | undefined,
  effects: Effects,
  progress: Progress = lineProgress(effects.terminal),
): Promise<readonly AgentOutcome[]> {
  return await Promise.all(
    [...agents].map(async ([name, agent]) => await bringUpAgent({ name, agent, push, progress }, effects)),
  );
}

/** 0 when all is well, 3 when an agent is exposed, did not answer or lacks a key that the vault has. @throws Interrupted */
export function exitCodeOf(outcomes: readonly AgentOutcome[], signal: AbortSignal): ExitCode {
  if (signal.aborted)
    throw new Interrupted(
      `the stack is up; keys pushed to: ${
        outcomes
          .filter(({ state }) => state === "open")
          .map(({ agent }) => agent)
          .join(", ") || "no agent"
      }`,
      "claws keys push",
    );
  return outcomes.every(({ problems, keys }) => problems.length === 0 && allArrived(keys))
    ? ExitCode.done
    : ExitCode.partly;
}

interface AgentWork {
  readonly name: string;
  readonly agent: KnownAgent;
  /** Undefined when there is no vault. */
  readonly push: Push | undefined;
  readonly progress: Progress;
}

async function bringUpAgent({ name, agent, push, progress }: AgentWork, effects: Effects): Promise<AgentOutcome> {
  const outcome = { agent: name, dropletId: agent.dropletId, nodeId: agent.nodeId, nodeName: agent.nodeName };
  progress.set(name, "checking that nothing answers from outside");
  const [exposure, daemon] = await Promise.all([findExposure(agent, effects), waitForDaemon(agent, effects)]);
  const stopped = (problems: readonly string[], state: AgentOutcome["state"]): AgentOutcome => {
    progress.set(name, problems.join("; "), "failed");
    return { ...outcome, state, problems, keys: [] };
  };
  if (exposure.length > 0)
    return stopped([...exposure, "no key was pushed"], typeof daemon === "string" ? "unreachable" : daemon.state);
  if (typeof daemon === "string") return stopped([`the daemon did not answer: ${daemon}`], "unreachable");
  return { ...outcome, ...(await pushAndWait({ name, agent, push, progress }, daemon, effects)) };
}

async function pushAndWait(
  { name, agent, push, progress }: AgentWork,
  daemon: DaemonStatus,
  effects: Effects,
): Promise<Pick<AgentOutcome, "state" | "problems" | "keys">> {
  if (agent.broker !== null) {
    progress.set(name, `${daemon.state}: its keys stay with the broker at ${agent.broker}`, "done");
    return { state: daemon.state, problems: [], keys: [] };
  }
  if (push === undefined || !currentKeys(push.document).some((key) => key.agent === name)) {
    progress.set(name, `${daemon.state}: the vault has no key for it`, "done");
    return { state: daemon.state, problems: [], keys: [] };
  }
  progress.set(name, "pushing keys");
  const keys = await pushKeys(new Map([[name, agent]]), push, effects);
  const after = await waitForDaemon(agent, effects, { patience: 0 });
  const state = typeof after === "string" ? "unreachable" : after.state;
  progress.set(name, state, keys.every(({ detail }) => detail === "") ? "done" : "failed");
  return {
    state,
    problems: keys.filter(({ detail }) => detail !== "").map(({ key, detail }) => `${key}: ${detail}`),
    keys,
  };
}
