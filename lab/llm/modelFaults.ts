// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { ModelProviderName } from "./providerTable.ts";

/** What to do with the next request that matches. */
export interface ModelFault {
  /** @default any provider */
  readonly provider?: ModelProviderName;
  /**
   * "error": answer `status`. "slow": wait `pause` between the events. "cut": drop the connection after `afterEvents` events of the
   * stream. "hold": send `afterEvents` events and then nothing until the streams are released. Before a JSON answer "cut" and "hold"
   * come at once.
   */
  readonly kind: "error" | "slow" | "cut" | "hold";
  /** For "error", for example 429, 500, 529. @default 500 */
  readonly status?: number;
  /** For "error", in seconds. @default what the provider says with that status: 1 with a 429, nothing with another */
  readonly retryAfter?: number;
  /** For "slow", in milliseconds. @default 100 */
  readonly pause?: number;
  /** For "cut" and "hold". @default 1 */
  readonly afterEvents?: number;
  /** How many requests it hits. @default 1 */
  readonly times?: number;
}

/** Faults that wait for their request, and the streams that they hold. */
export interface FaultList {
  add(fault: ModelFault): void;
  /** The fault that hits a request now, null for none; it is counted. */
  take(provider: ModelProviderName): ModelFault | null;
  /** Waits until the streams are released or the client has left. */
  hold(outgoing: ServerResponse): Promise<void>;
  release(): void;
}

/** Makes an empty list. */
export function createFaultList(): FaultList {
  const waiting: { readonly fault: ModelFault; left: number }[] = [];
  let release = Promise.withResolvers<undefined>();
  return {
    add: (fault) => void waiting.push({ fault, left: fault.times ?? 1 }),
    take: (provider) => {
      const hit = waiting.find(({ fault, left }) => left > 0 && (fault.provider ?? provider) === provider);
      if (hit === undefined) return null;
      hit.left -= 1;
      return hit.fault;
    },
    hold: async (outgoing) => {
      if (outgoing.destroyed) return;
      await Promise.race([release.promise, once(outgoing, "close")]);
    },
    release: () => {
      release.resolve(undefined);
      release = Promise.withResolvers<undefined>();
    },
  };
}
