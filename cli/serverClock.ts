// SPDX-License-Identifier: Apache-2.0
import { callApi, NoReply } from "./apiClient.ts";
import { failure } from "./errors.ts";

/** A service's clock beside our own. */
export interface ServerClock {
  /** Seconds that our clock is ahead of the service's, negative when behind; undefined when the service does not tell the time. */
  readonly ahead: number | undefined;
}

/**
 * Asks a service for anything, without credentials, and looks at the time on its answer: an answer of any kind also shows that it can be
 * reached.
 *
 * @throws UserError (exit 1) when nothing answers
 */
export async function fetchServerClock(origin: URL, now: () => Date): Promise<ServerClock> {
  const before = now().getTime();
  const { date } = await callApi({ method: "GET", url: origin }).catch((error: unknown) => {
    if (!(error instanceof NoReply)) throw error;
    throw failure(
      `cannot reach ${origin.origin}: ${error.message}`,
      "check the network, a proxy, a firewall on the way",
    );
  });
  const time = Date.parse(date ?? "");
  if (Number.isNaN(time)) return { ahead: undefined };
  // The header has whole seconds, cut off.
  const middle = (before + now().getTime()) / 2;
  return { ahead: Math.round((middle - time - 500) / 1000) };
}
