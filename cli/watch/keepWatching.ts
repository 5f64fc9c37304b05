// SPDX-License-Identifier: Apache-2.0
import { DaemonError } from "../daemonClient.ts";
import { UserError } from "../errors.ts";
import type { Report } from "./watchEvent.ts";

/** One look after another. */
export interface Rounds {
  readonly round: () => Promise<unknown>;
  /** Milliseconds between two of them. */
  readonly interval: number;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Resolves after the milliseconds, or at the signal. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

const LONGEST_PAUSE = 5 * 60_000;

/**
 * Makes rounds until the signal. One that fails is told once, whatever was thrown, and the next come at growing distances until one
 * succeeds again: a watch that ends because of one error is none.
 */
export async function keepWatching({ round, interval, report, signal, pause }: Rounds): Promise<void> {
  // Asked anew each time: it changes while a round is awaited.
  const isOver = (): boolean => signal.aborted;
  let failures = 0;
  let told = "";
  while (!isOver()) {
    try {
      await round();
      if (failures > 0) report({ agent: null, event: "watching", detail: "again" });
      failures = 0;
      told = "";
    } catch (error) {
      failures += 1;
      const detail = inWords(error);
      if (detail !== told && !isOver()) report({ agent: null, event: "trouble", detail });
      told = detail;
    }
    if (!isOver()) await pause(Math.min(interval * 2 ** failures, Math.max(LONGEST_PAUSE, interval)));
  }
}

/** A fault of ours is named as such, with the place: nobody sees a stack later. */
function inWords(error: unknown): string {
  if (error instanceof UserError || error instanceof DaemonError) return error.message;
  const [text = "", place = ""] = (error instanceof Error ? (error.stack ?? error.message) : "no error").split("\n");
  return `a fault of claws, please report it: ${text.trim()} ${place.trim()}`.trimEnd();
}
