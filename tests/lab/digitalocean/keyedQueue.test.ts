// SPDX-License-Identifier: Apache-2.0
import { KeyedQueue } from "../../../lab/digitalocean/keyedQueue.ts";

/** A job that ends when told. */
function heldJob(log: string[], name: string): { job: () => Promise<void>; finish: () => void } {
  let finish = (): void => undefined;
  const held = new Promise<void>((resolve) => (finish = resolve));
  const job = async (): Promise<void> => {
    log.push(`${name} starts`);
    await held;
    log.push(`${name} ends`);
  };
  return { job, finish };
}

describe("KeyedQueue", () => {
  it("runs jobs of one key one after the other", async () => {
    const queue = new KeyedQueue();
    const log: string[] = [];
    const first = heldJob(log, "first");
    const second = heldJob(log, "second");
    const all = [queue.run(1, first.job), queue.run(1, second.job)];
    second.finish();
    await Promise.resolve();
    expect(log).toEqual(["first starts"]);
    first.finish();
    await Promise.all(all);
    expect(log).toEqual(["first starts", "first ends", "second starts", "second ends"]);
  });

  it("does not let jobs of other keys wait", async () => {
    const queue = new KeyedQueue();
    const log: string[] = [];
    const held = heldJob(log, "held");
    const waiting = queue.run(1, held.job);
    await queue.run(2, () => Promise.resolve(void log.push("other")));
    expect(log).toEqual(["held starts", "other"]);
    held.finish();
    await waiting;
  });

  it("passes a failure to its own caller only and goes on", async () => {
    const queue = new KeyedQueue();
    const log: string[] = [];
    const failing = queue.run(1, () => Promise.reject(new Error("no")));
    const next = queue.run(1, () => Promise.resolve(void log.push("next")));
    await expect(failing).rejects.toThrow("no");
    await next;
    expect(log).toEqual(["next"]);
  });
});
