// SPDX-License-Identifier: Apache-2.0
import { ApiError } from "../../../lab/digitalocean/apiError.ts";
import { manualClock } from "../../../lab/digitalocean/clock.ts";
import { RateLimiter } from "../../../lab/digitalocean/rateLimit.ts";

const start = Date.UTC(2026, 0, 1);

function refusal(limiter: RateLimiter, caller = "a"): ApiError {
  try {
    limiter.take(caller);
  } catch (error) {
    if (error instanceof ApiError) return error;
  }
  throw new Error("it was not refused");
}

describe("RateLimiter", () => {
  it("tells the limit, what is left, and when the oldest request stops to count", async () => {
    const clock = manualClock(start);
    const limiter = new RateLimiter({ perHour: 3, perMinute: 3 }, clock);
    const reset = String((start + 3_600_000) / 1000);
    expect(limiter.take("a")).toEqual({
      "ratelimit-limit": "3",
      "ratelimit-remaining": "2",
      "ratelimit-reset": reset,
    });
    await clock.advance(1000);
    expect(limiter.take("a")).toMatchObject({ "ratelimit-remaining": "1", "ratelimit-reset": reset });
  });

  it("refuses a burst and says after how many seconds to come again", async () => {
    const clock = manualClock(start);
    const limiter = new RateLimiter({ perHour: 100, perMinute: 2 }, clock);
    limiter.take("a");
    await clock.advance(20_500);
    limiter.take("a");
    const refused = refusal(limiter);
    expect(refused.status).toBe(429);
    expect(refused.id).toBe("too_many_requests");
    expect(refused.headers).toMatchObject({ "retry-after": "40", "ratelimit-remaining": "0" });
    await clock.advance(39_500);
    expect(limiter.take("a")).toMatchObject({ "ratelimit-remaining": "97" });
  });

  it("refuses what goes beyond the hour without retry-after, until the oldest request is an hour old", async () => {
    const clock = manualClock(start);
    const limiter = new RateLimiter({ perHour: 2, perMinute: 100 }, clock);
    limiter.take("a");
    await clock.advance(600_000);
    limiter.take("a");
    expect(refusal(limiter).headers).not.toHaveProperty("retry-after");
    await clock.advance(3_000_000 - 1);
    expect(refusal(limiter).status).toBe(429);
    await clock.advance(1);
    expect(limiter.take("a")).toMatchObject({ "ratelimit-remaining": "0" });
  });

  it("does not count refused requests", async () => {
    const clock = manualClock(start);
    const limiter = new RateLimiter({ perHour: 100, perMinute: 1 }, clock);
    limiter.take("a");
    for (let attempt = 0; attempt < 10; attempt += 1) refusal(limiter);
    await clock.advance(60_000);
    expect(limiter.take("a")).toMatchObject({ "ratelimit-remaining": "98" });
  });

  it("counts each caller alone", () => {
    const limiter = new RateLimiter({ perHour: 1, perMinute: 1 }, manualClock(start));
    limiter.take("a");
    expect(refusal(limiter, "a").status).toBe(429);
    expect(limiter.take("b")).toMatchObject({ "ratelimit-remaining": "0" });
  });
});
