// SPDX-License-Identifier: Apache-2.0

/** Time as the emulator sees it: the real one, or one that a test moves by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `run` once after the given time; the returned function cancels it. */
  after(milliseconds: number, run: () => void): () => void;
}

/** A clock that moves only when told. */
export interface ManualClock extends Clock {
  /** Moves on and runs what falls due, in order, letting promises settle in between. */
  advance(milliseconds: number): Promise<void>;
}

/** The real time. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    after: (milliseconds, run) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
  };
}

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/** A clock for tests, standing still at `start` (milliseconds since 1970). */
export function manualClock(start = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start;
  const timers = new Set<Timer>();
  const next = (until: number): Timer | undefined =>
    [...timers].filter((timer) => timer.due <= until).sort((a, b) => a.due - b.due)[0];
  return {
    now: () => now,
    after: (milliseconds, run) => {
      const timer = { due: now + Math.max(0, milliseconds), run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(milliseconds) {
      const until = now + milliseconds;
      await settled();
      for (let timer = next(until); timer !== undefined; timer = next(until)) {
        timers.delete(timer);
        now = Math.max(now, timer.due);
        timer.run();
        await settled();
      }
      now = until;
    },
  };
}

/** The same clock, but `stop` cancels everything that it still has to call. */
export function stoppable(clock: Clock): Clock & { stop(): void } {
  const cancels = new Set<() => void>();
  return {
    now: () => clock.now(),
    after(milliseconds, run) {
      const cancel = clock.after(milliseconds, () => {
        cancels.delete(cancel);
        run();
      });
      cancels.add(cancel);
      return () => {
        cancels.delete(cancel);
        cancel();
      };
    },
    stop() {
      for (const cancel of cancels) cancel();
      cancels.clear();
    },
  };
}

/** Resolves after the given time. */
export function sleep(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => clock.after(milliseconds, resolve));
}

/** Two turns of the event loop: promise chains that wait for nothing else have run to their end. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
