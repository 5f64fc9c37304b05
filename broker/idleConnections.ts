// SPDX-License-Identifier: Apache-2.0
import type { UpstreamConnection } from "./upstreamConnection.ts";

// Longer than the pauses of a workload that is busy, shorter than most providers wait.
const IDLE_SECONDS = 50;
// A request that leaves just as the provider closes would be lost, and nothing is sent twice.
const MARGIN_SECONDS = 1;
const MOST_PER_ORIGIN = 64;

interface Idle {
  readonly connection: UpstreamConnection;
  /** The sweep that closes it. */
  readonly lastSweep: number;
}

/** Connections that wait for a request, at most 64 to a provider and for less than a minute; the one that came last is taken first. */
export class IdleConnections {
  readonly #waiting = new Map<string, Idle[]>();
  // One timer for all of them: one for each would be a fifth of what a request costs.
  #timer: NodeJS.Timeout | undefined;
  #sweeps = 0;

  /** Whether one waits. */
  has(origin: string): boolean {
    return (this.#waiting.get(origin)?.length ?? 0) > 0;
  }

  /** Takes one out, if one waits. */
  take(origin: string): UpstreamConnection | undefined {
    return this.#waiting.get(origin)?.pop()?.connection;
  }

  /** Keeps one for as long as the provider said, in milliseconds, and 50 s at most; closes it when there are too many. */
  put(origin: string, connection: UpstreamConnection, keepAlive = Number.POSITIVE_INFINITY): void {
    const waiting = this.#waiting.get(origin) ?? [];
    this.#waiting.set(origin, waiting);
    const seconds = Math.min(IDLE_SECONDS, Math.floor(keepAlive / 1000) - MARGIN_SECONDS);
    if (waiting.length >= MOST_PER_ORIGIN || seconds <= 0) {
      connection.destroy();
      return;
    }
    waiting.push({ connection, lastSweep: this.#sweeps + seconds });
    this.#timer ??= setInterval(() => this.#sweep(), 1000).unref();
  }

  /** Forgets one that has been closed. */
  drop(origin: string, connection: UpstreamConnection): void {
    const waiting = this.#waiting.get(origin) ?? [];
    const index = waiting.findIndex((idle) => idle.connection === connection);
    if (index !== -1) waiting.splice(index, 1);
  }

  /** Forgets all of them. */
  clear(): void {
    this.#waiting.clear();
    this.#stop();
  }

  #sweep(): void {
    this.#sweeps += 1;
    const idle = [...this.#waiting.values()].flat();
    if (idle.length === 0) this.#stop();
    for (const { connection, lastSweep } of idle) {
      if (this.#sweeps >= lastSweep) connection.destroy();
    }
    for (const [origin, waiting] of this.#waiting) {
      this.#waiting.set(
        origin,
        waiting.filter(({ lastSweep }) => this.#sweeps < lastSweep),
      );
    }
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
