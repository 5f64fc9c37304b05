// SPDX-License-Identifier: Apache-2.0

/** The parts in which a limit passes. */
const PARTS = 10;

/**
 * Calls back after so many milliseconds in which this process could run, and returns what calls that off. While the process
 * starves on a busy machine, or sleeps with it, hardly any time passes: what came in meanwhile is looked at first.
 */
export function afterRunning(milliseconds: number, callback: () => void): () => void {
  let left = PARTS;
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    callback();
  }, milliseconds / PARTS);
  return () => clearInterval(timer);
}
