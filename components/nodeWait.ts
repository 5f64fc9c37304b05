// SPDX-License-Identifier: Apache-2.0
import { type Device, type DeviceApi, TailscaleApiError } from "./tailscaleDevices.ts";

/** The node that is waited for. */
export interface ExpectedNode {
  readonly hostname: string;
  readonly tag: string;
  /** Creation time of the droplet in milliseconds since the epoch. */
  readonly createdAfter: number;
  readonly timeoutMs: number;
}

/** Time, injected so that tests need none. */
export interface Clock {
  /** Milliseconds since any fixed point; never goes back. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

const pollMs = 1_000;
/** DigitalOcean's and the control plane's clocks need not agree to the second. */
const clockSkewMs = 120_000;

/**
 * Waits until exactly one node with the host name and tag has joined since the droplet was made.
 * @throws {Error} at once if there are two (one of them is not the droplet), if the API refuses the credential, or
 * when the time is up.
 */
export async function waitForNode(api: DeviceApi, expected: ExpectedNode, clock: Clock): Promise<Device> {
  const deadline = clock.now() + expected.timeoutMs;
  for (;;) {
    let trouble = "";
    try {
      const node = pickNode(await api.list(), expected);
      if (node) return node;
    } catch (error) {
      if (!isPassing(error)) throw error;
      trouble = `; last answer of the API: ${error.message}`;
    }
    if (clock.now() + pollMs > deadline) throw new Error(describeTimeout(expected) + trouble);
    await clock.sleep(pollMs);
  }
}

/** The one authorized node, or undefined while there is none. @throws {Error} if there are several. */
export function pickNode(devices: readonly Device[], expected: ExpectedNode): Device | undefined {
  const { hostname, tag, createdAfter } = expected;
  const matching = devices.filter(
    (device) =>
      device.hostname === hostname && device.tags.includes(tag) && device.created >= createdAfter - clockSkewMs,
  );
  if (matching.length > 1) {
    const ids = matching.map((device) => device.nodeId).join(", ");
    throw new Error(
      `${matching.length} nodes named "${hostname}" with ${tag} joined (node IDs ${ids}), but one was expected: ` +
        "remove those that are not this droplet from the tailnet, then run again",
    );
  }
  return matching.find((device) => device.authorized);
}

function describeTimeout({ hostname, tag, timeoutMs }: ExpectedNode): string {
  return (
    `no node "${hostname}" with ${tag} joined within ${timeoutMs / 1000} s: the droplet did not boot, its auth key ` +
    "was refused or spent, or it cannot reach the control plane; its console says which"
  );
}

/** True for what may pass by itself: rate limits, server errors and a network that is away. */
function isPassing(error: unknown): error is Error {
  if (error instanceof TailscaleApiError) return error.status === 429 || error.status >= 500;
  // fetch reports a network failure as TypeError and its time-out as a DOMException named TimeoutError.
  return error instanceof Error && (error instanceof TypeError || error.name === "TimeoutError");
}
