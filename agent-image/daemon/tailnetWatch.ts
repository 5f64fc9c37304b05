// SPDX-License-Identifier: Apache-2.0
import type { Log } from "./log.ts";
import type { Tailnet } from "./tailnet.ts";
import type { TailnetStatus } from "./tailnetStatus.ts";

/** Waits for milliseconds; rejects when the signal aborts. */
export type Wait = (milliseconds: number, signal: AbortSignal) => Promise<void>;

/** What the watch needs. */
export interface TailnetWatchOptions {
  readonly tailnet: Pick<Tailnet, "status">;
  readonly wait: Wait;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** The daemon must not run like this; the message is complete. */
export class StartRefusal extends Error {}

const FIRST_WAIT = 100;
const LONGEST_WAIT = 2000;
const BETWEEN_LOOKS = 5000;

/** Waits until tailscaled runs with a TUN device and has addresses. @throws StartRefusal for userspace networking */
export async function waitForTailnet({ tailnet, wait, log, signal }: TailnetWatchOptions): Promise<TailnetStatus> {
  log({ event: "waiting-for-tailnet" });
  for (let pause = FIRST_WAIT; ; pause = Math.min(2 * pause, LONGEST_WAIT)) {
    const status = await lookOnce(tailnet);
    if (status !== undefined) return status;
    await wait(pause, signal);
  }
}

/**
 * Looks at the tailnet again and again and reports what it sees; gaps, as while tailscaled restarts, change nothing. Ends when the signal
 * aborts. @throws StartRefusal when tailscaled has come back with userspace networking
 */
export async function watchTailnet(
  options: TailnetWatchOptions,
  onStatus: (status: TailnetStatus) => Promise<void>,
): Promise<void> {
  const { tailnet, wait, signal } = options;
  for (;;) {
    try {
      await wait(BETWEEN_LOOKS, signal);
    } catch {
      return;
    }
    const status = await lookOnce(tailnet);
    if (status !== undefined) await onStatus(status);
  }
}

async function lookOnce(tailnet: Pick<Tailnet, "status">): Promise<TailnetStatus | undefined> {
  const status = await tailnet.status().catch(() => undefined);
  if (status?.isRunning !== true || status.addresses.length === 0) return undefined;
  if (!status.hasTun) {
    throw new StartRefusal(
      "refusing to run: tailscaled uses userspace networking, which turns strangers on the tailnet into local callers",
    );
  }
  return status;
}
