// SPDX-License-Identifier: Apache-2.0
import { atOnce } from "../../cli/atOnce.ts";

describe("atOnce", () => {
  it("does the work of every item, and never more at a time than it may", async () => {
    let running = 0;
    let most = 0;
    const found = await atOnce(3, [1, 2, 3, 4, 5, 6, 7, 8], async (item) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return item * 10;
    });
    expect(found).toEqual([10, 20, 30, 40, 50, 60, 70, 80]);
    expect(most).toBe(3);
  });

  it("does not let one that never ends hold up more than its own place", async () => {
    const done: number[] = [];
    void atOnce(2, [0, 1, 2, 3], async (item) => {
      if (item === 0) await new Promise(() => undefined);
      done.push(item);
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).toEqual([1, 2, 3]);
  });

  it("fails as the work does, and has nothing to do for no item", async () => {
    await expect(atOnce(2, [1], () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await atOnce(2, [], () => Promise.resolve(1))).toEqual([]);
  });
});
