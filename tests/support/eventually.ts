// SPDX-License-Identifier: Apache-2.0
import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks until the answer is what is waited for, and gives it back.
 * @throws with the last answer when the time (milliseconds) is over.
 */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  isIt: (answer: T) => boolean,
  timeout = 60_000,
): Promise<T> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const answer = await ask();
    if (isIt(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`waited ${timeout} ms in vain; last: ${JSON.stringify(answer)}`);
    await pause(25);
  }
}
