// SPDX-License-Identifier: Apache-2.0
import type { Clock, ProviderTiming } from "./timing.ts";

/** What to wait for, as the official providers' state waiter takes it. */
export interface Wait<Result> {
  readonly target: string;
  /** States to go on waiting in; any other one fails. Empty: every state is waited out. */
  readonly pending: readonly string[];
  /** Milliseconds, the first delay included. */
  readonly timeout: number;
  /** Looks that may find nothing before the wait fails. */
  readonly notFoundChecks: number;
  /** Looks once; undefined means that nothing is there (yet). */
  readonly look: () => Promise<{ readonly state: string; readonly result: Result } | undefined>;
  readonly signal: AbortSignal;
}

/** Polls until the target state is reached and returns what was found then. @throws on a time-out or an unexpected state. */
export async function waitForState<Result>(wait: Wait<Result>, timing: ProviderTiming, clock: Clock): Promise<Result> {
  const deadline = clock.now() + wait.timeout;
  let [pause, nothing, last] = [timing.pollMin, 0, ""];
  await clock.sleep(Math.min(timing.pollDelay, wait.timeout), wait.signal);
  while (clock.now() < deadline) {
    const seen = await wait.look();
    if (seen?.state === wait.target) return seen.result;
    nothing = seen === undefined ? nothing + 1 : 0;
    if (nothing > wait.notFoundChecks * timing.looksPerCheck)
      throw new Error(`couldn't find resource (${String(nothing)} retries)`);
    last = seen?.state ?? last;
    if (seen !== undefined && wait.pending.length > 0 && !wait.pending.includes(last)) {
      throw new Error(`unexpected state '${last}', wanted target '${wait.target}'`);
    }
    await clock.sleep(Math.max(0, Math.min(pause, deadline - clock.now())), wait.signal);
    pause = Math.min(pause * 2, timing.pollMax);
  }
  const timeout = goDuration(wait.timeout);
  throw new Error(
    `timeout while waiting for state to become '${wait.target}' (last state: '${last}', timeout: ${timeout})`,
  );
}

/** Writes a duration as Go programs do, e.g. `1m0s`. */
export function goDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const parts = [hours > 0 ? `${String(hours)}h` : "", hours + minutes > 0 ? `${String(minutes)}m` : ""];
  return `${parts.join("")}${String(seconds % 60)}s`;
}
