// SPDX-License-Identifier: Apache-2.0
import { oncePerRun } from "../../cli/oncePerRun.ts";

describe("what is done once in a process", () => {
  it("is not done again under the same name, even while it is under way", async () => {
    let times = 0;
    const work = (): Promise<number> => Promise.resolve((times += 1));
    const environment = {};
    const both = await Promise.all([oncePerRun(environment, "a", work), oncePerRun(environment, "a", work)]);
    expect([...both, await oncePerRun(environment, "a", work)]).toEqual([1, 1, 1]);
  });

  it("is done for each name and each environment", async () => {
    let times = 0;
    const work = (): Promise<number> => Promise.resolve((times += 1));
    const [one, other] = [{}, {}];
    expect(await oncePerRun(one, "a", work)).toBe(1);
    expect(await oncePerRun(one, "b", work)).toBe(2);
    expect(await oncePerRun(other, "a", work)).toBe(3);
  });

  it("is done again when it failed", async () => {
    const environment = {};
    await expect(oncePerRun(environment, "a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await oncePerRun(environment, "a", () => Promise.resolve("yes"))).toBe("yes");
  });
});
