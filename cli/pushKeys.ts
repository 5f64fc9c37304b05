// SPDX-License-Identifier: Apache-2.0
import { AGENTS_AT_ONCE, atOnce } from "./atOnce.ts";
import { DaemonError, winnerOf, type Daemon } from "./daemonClient.ts";
import { deliverKey, type Delivery } from "./deliverKey.ts";
import type { Effects } from "./effects.ts";
import { UserError } from "./errors.ts";
import { withSealing, type Sealing } from "./sealing.ts";
import type { KnownAgent, KnownAgents } from "./stackOutputs.ts";
import { addressOf, type TailnetStatus } from "./tailnet.ts";
import { currentKeys, versionsOf, type VaultDocument, type VaultKey } from "./vaultDocument.ts";

/** How the push of one key to one agent ended. */
export interface PushResult {
  readonly agent: string;
  readonly key: string;
  readonly version: number;
  /** `unknown`: the connection broke after the request was sent; pushing again is safe. */
  readonly result: "pushed" | "unchanged" | "failed" | "unknown" | "not done";
  /** Why it did not succeed; empty when it did. */
  readonly detail: string;
  /** The daemon's keyed fingerprint and audit entry; absent when there is no receipt. */
  readonly receipt?: { readonly bootId: string; readonly fingerprint: string; readonly auditSequence: number };
}

/** What {@link pushKeys} uses of the effects. */
export type PushEffects = Pick<Effects, "daemonAt" | "tailnetStatus" | "signal">;

/** What is pushed, and how it travels. */
export interface Push {
  readonly document: VaultDocument;
  readonly sealing: Sealing;
}

/**
 * The keys in the vault for these agents, each pushed to its own agent, all agents at once. A dead agent does not hold up the others, and is waited for
 * once, however many keys it has.
 * Nothing is pushed to agents whose keys stay with their owner's broker.
 */
export async function pushKeys(
  agents: KnownAgents,
  { document, sealing }: Push,
  effects: PushEffects,
): Promise<readonly PushResult[]> {
  const keys = currentKeys(document).filter(({ agent }) => agents.get(agent)?.broker === null);
  if (keys.length === 0) return [];
  const status = await effects.tailnetStatus();
  const results = await atOnce(AGENTS_AT_ONCE, [...agents], async ([name, agent]) => {
    const own = keys.filter((key) => key.agent === name);
    return await pushToAgent({ name, agent, keys: own, document, sealing, status }, effects);
  });
  return results.flat();
}

/** Whether every key arrived. */
export function allArrived(results: readonly PushResult[]): boolean {
  return results.every(({ result }) => result === "pushed" || result === "unchanged");
}

interface AgentPush extends Push {
  readonly name: string;
  readonly agent: KnownAgent;
  readonly keys: readonly VaultKey[];
  readonly status: TailnetStatus;
}

async function pushToAgent(push: AgentPush, { daemonAt, signal }: PushEffects): Promise<readonly PushResult[]> {
  const { name, agent, keys, sealing, status } = push;
  const results: PushResult[] = [];
  let daemon: Daemon | undefined;
  let silence: string | undefined;
  for (const key of keys) {
    const base = { agent: name, key: key.name, version: key.version };
    if (signal.aborted) {
      results.push({ ...base, result: "not done", detail: "interrupted" });
      continue;
    }
    if (silence !== undefined) {
      results.push({ ...base, result: "failed", detail: `not tried after: ${silence}` });
      continue;
    }
    try {
      daemon ??= await withSealing(await daemonAt(addressOf(status, agent.nodeId, agent.nodeTag)), {
        name,
        agent,
        sealing,
      });
      results.push({ ...base, ...(await deliver(daemon, key, push)), detail: "" });
    } catch (error) {
      const result = failed(error);
      if (error instanceof DaemonError && error.code === "no-reply") silence = result.detail;
      results.push({ ...base, ...result });
    }
  }
  return results;
}

async function deliver(daemon: Daemon, key: VaultKey, { document, agent }: AgentPush): Promise<Delivery> {
  const mustDropOlder = versionsOf(document, key.agent, key.name).length > 1;
  return await deliverKey(daemon, key, { nodeId: agent.nodeId, mustDropOlder });
}

/** A failed delivery in words. */
export function failed(error: unknown): Pick<PushResult, "result" | "detail"> {
  if (error instanceof DaemonError)
    return {
      result: error.mayHaveActed ? "unknown" : "failed",
      detail: [error.message, ...winnerOf(error)].join("; "),
    };
  if (error instanceof UserError) return { result: "failed", detail: [error.message, ...error.hints].join("; ") };
  throw error;
}
