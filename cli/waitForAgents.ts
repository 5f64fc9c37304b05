// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";
import type { DaemonStatus } from "../protocol/daemonStatus.ts";
import { DaemonError } from "./daemonClient.ts";
import type { Effects } from "./effects.ts";
import { UserError } from "./errors.ts";
import type { KnownAgent } from "./stackOutputs.ts";
import { addressOf } from "./tailnet.ts";

/** How long to wait. */
export interface WaitOptions {
  /** Milliseconds. @default 60000 */
  readonly patience?: number;
  /** Milliseconds between two attempts. @default 150 */
  readonly pause?: number;
}

/**
 * Waits until an agent's daemon answers over the tailnet: the operator's tailscaled learns of a new node a moment after it joined.
 *
 * @returns its status, or the reason why it did not answer in time.
 */
export async function waitForDaemon(
  agent: KnownAgent,
  effects: Pick<Effects, "tailnetStatus" | "daemonAt" | "signal">,
  options: WaitOptions = {},
): Promise<DaemonStatus | string> {
  const { patience = 60_000, pause = 150 } = options;
  const deadline = performance.now() + patience;
  for (;;) {
    const answer = await askOnce(agent, effects);
    if (typeof answer !== "string" || performance.now() >= deadline || effects.signal.aborted) return answer;
    await sleep(pause);
  }
}

/** The status of an agent's daemon, or the reason why there is none. */
export async function askOnce(
  agent: KnownAgent,
  { tailnetStatus, daemonAt }: Pick<Effects, "tailnetStatus" | "daemonAt">,
): Promise<DaemonStatus | string> {
  try {
    const daemon = await daemonAt(addressOf(await tailnetStatus(), agent.nodeId, agent.nodeTag));
    const status = await daemon.status();
    return status.nodeId === agent.nodeId ? status : `another node answered: ${status.nodeId}`;
  } catch (error) {
    if (error instanceof DaemonError || error instanceof UserError) return error.message;
    throw error;
  }
}
