// SPDX-License-Identifier: Apache-2.0

/** Runs a task after all tasks before it are over. */
export type Serial = <T>(task: () => Promise<T>) => Promise<T>;

/** Makes a queue of its own; a failed task does not stop the next. */
export function createSerial(): Serial {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const run = last.then(task);
    last = run.catch(() => undefined);
    return run;
  };
}
