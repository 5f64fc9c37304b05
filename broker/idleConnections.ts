// SPDX-License-Identifier: Apache-2.0
import type { UpstreamConnection } from "./upstreamConnection.ts";

// Longer than the pauses of a workload that is busy, shorter than most providers wait.
const IDLE_MILLISECONDS = 50_000;
// A request that leaves just as the provider closes would be lost, and nothing is sent twice.
const MARGIN_MILLISECONDS = 1_000;
const MOST_PER_ORIGIN = 64;

interface Idle {
  readonly connection: UpstreamConnection;
  readonly timer: NodeJS.Timeout;
}

/** Connections that wait for a request, at most 64 to a provider and for less than a minute; the one that came last is taken first. */
export class IdleConnections {
  readonly #waiting = new Map<string, Idle[]>();

  /** Whether one waits. */
  has(origin: string): boolean {
    return (this.#waiting.get(origin)?.length ?? 0) > 0;
  }

  /** Takes one out, if one waits. */
  take(origin: string): UpstreamConnection | undefined {
    const idle = this.#waiting.get(origin)?.pop();
    if (idle === undefined) return undefined;
    clearTimeout(idle.timer);
    return idle.connection;
  }

  /** Keeps one for as long as the provider said, in milliseconds, and 50 s at most; closes it when there are too many. */
  put(origin: string, connection: UpstreamConnection, keepAlive = IDLE_MILLISECONDS + MARGIN_MILLISECONDS): void {
    const waiting = this.#waiting.get(origin) ?? [];
    this.#waiting.set(origin, waiting);
    const delay = Math.min(IDLE_MILLISECONDS, keepAlive - MARGIN_MILLISECONDS);
    if (waiting.length >= MOST_PER_ORIGIN || delay <= 0) {
      connection.destroy();
      return;
    }
    const timer = setTimeout(() => connection.destroy(), delay).unref();
    waiting.push({ connection, timer });
  }

  /** Forgets one that has been closed. */
  drop(origin: string, connection: UpstreamConnection): void {
    const waiting = this.#waiting.get(origin) ?? [];
    const index = waiting.findIndex((idle) => idle.connection === connection);
    if (index === -1) return;
    clearTimeout(waiting[index]?.timer);
    waiting.splice(index, 1);
  }

  /** Forgets all of them. */
  clear(): void {
    for (const { timer } of [...this.#waiting.values()].flat()) clearTimeout(timer);
    this.#waiting.clear();
  }
}
