// SPDX-License-Identifier: Apache-2.0

/** Runs jobs of the same key one after the other, in the order they came; jobs of different keys do not wait. */
export class KeyedQueue {
  readonly #last = new Map<number, Promise<void>>();

  /** Resolves or rejects like the job; a failed job does not stop the ones behind it. */
  run(key: number, job: () => Promise<void>): Promise<void> {
    const result = (this.#last.get(key) ?? Promise.resolve()).then(job);
    const settled = result.catch(() => undefined);
    this.#last.set(key, settled);
    void settled.then(() => {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    });
    return result;
  }
}
