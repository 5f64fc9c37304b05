// SPDX-License-Identifier: Apache-2.0
import { Spending } from "../../broker/spending.ts";

function startSpending(): { clock: { now: Date }; spending: Spending } {
  const clock = { now: new Date("2026-11-23T12:00:00Z") };
  return { clock, spending: new Spending(() => clock.now) };
}

describe("Spending", () => {
  it("adds up requests and tokens of each name on its own", () => {
    const { spending } = startSpending();
    spending.book("openai", { requests: 1 });
    spending.book("openai", { requests: 1, tokens: 40 });
    spending.book("other", { tokens: 2 });

    expect(spending.of("openai")).toEqual({ day: "2026-11-23", requests: 2, tokens: 40 });
    expect(spending.of("other")).toEqual({ day: "2026-11-23", requests: 0, tokens: 2 });
    expect(spending.of("none")).toEqual({ day: "2026-11-23", requests: 0, tokens: 0 });
  });

  it.each([
    ["no cap", {}, undefined],
    ["caps that are not reached", { requestsPerDay: 3, tokensPerDay: 41 }, undefined],
    ["the cap on requests", { requestsPerDay: 2, tokensPerDay: 41 }, "requests-spent"],
    ["the cap on tokens", { requestsPerDay: 3, tokensPerDay: 40 }, "tokens-spent"],
    ["both caps", { requestsPerDay: 1, tokensPerDay: 1 }, "requests-spent"],
  ] as const)("judges %s", (_name, limits, refusal) => {
    const { spending } = startSpending();
    spending.book("openai", { requests: 2, tokens: 40 });

    expect(spending.refuse("openai", limits)).toBe(refusal);
  });

  it("forgets on another UTC day, whatever the time zone of the machine", () => {
    const { clock, spending } = startSpending();
    spending.book("openai", { requests: 2, tokens: 40 });
    clock.now = new Date("2026-11-24T00:30:00+01:00");
    expect(spending.of("openai").requests).toBe(2);
    clock.now = new Date("2026-11-24T00:00:00Z");
    expect(spending.of("openai")).toEqual({ day: "2026-11-24", requests: 0, tokens: 0 });
  });

  it("stays a number that JSON can carry, however much a provider reports", () => {
    const { spending } = startSpending();
    spending.book("openai", { tokens: Number.MAX_SAFE_INTEGER });
    spending.book("openai", { tokens: Number.MAX_SAFE_INTEGER });

    expect(spending.of("openai").tokens).toBe(Number.MAX_SAFE_INTEGER);
  });
});
