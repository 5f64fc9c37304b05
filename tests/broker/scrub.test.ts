// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { createLeakTest, createScrub } from "../../broker/scrub.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

const KEY = "sk-proj-Q7fK2mZ9xW4tB8nL1vR6yH3cJ5dG0pSa";
const scrub = createScrub(Sensitive.from(KEY));

describe("createScrub", () => {
  it.each([
    ["the key", `bad key ${KEY}.`, "bad key [REDACTED]."],
    ["the key twice", `${KEY} ${KEY}`, "[REDACTED] [REDACTED]"],
    ["its first characters", "bad key sk-proj-Q7fK!", "bad key [REDACTED]!"],
    ["eight from its middle", "x W4tB8nL1 y", "x [REDACTED] y"],
    [
      "a masked quote",
      "Incorrect API key provided: sk-proj-********0pSa. You can",
      "Incorrect API key provided: [REDACTED] You can",
    ],
    ["a masked quote of another key", "key abcd****wxyz", "key [REDACTED]"],
    ["two masked quotes without a space between", "abcd***efgh***ijkl", "[REDACTED][REDACTED]"],
    ["its base64", `auth ${Buffer.from(KEY).toString("base64")}`, "auth [REDACTED]Q=="],
  ])("replaces %s", (_name, text, scrubbed) => {
    expect(scrub(text)).toBe(scrubbed);
  });

  it("leaves a text without any of it exactly as it is", () => {
    const text = '{"error":{"type":"rate_limit_error","message":"slow down, 8 * 9 ** 2"}}';

    expect(scrub(text)).toBe(text);
  });

  it("takes no second of the processor for the longest error text in one word, which a workload can bring about", () => {
    const text = "m".repeat(64 * 1024);
    const before = process.cpuUsage();

    expect(scrub(text)).toBe(text);
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  });

  it("replaces the key as a whole when it is shorter than eight characters", () => {
    expect(createScrub(Sensitive.from("abc"))("xabcx ab")).toBe("x[REDACTED]x ab");
  });

  it("leaves no eight characters of the key, at whatever place and in whatever writing", () => {
    const text = fc.string({ maxLength: 40 });
    const start = fc.integer({ min: 0, max: KEY.length - 8 });
    const write = fc.constantFrom<(part: string) => string>(
      (part) => part,
      (part) => Buffer.from(part).toString("base64"),
      (part) => Buffer.from(part).toString("base64url"),
    );
    fc.assert(
      fc.property(text, start, write, text, (before, from, written, after) => {
        const plain = before + KEY.slice(from) + after;
        const whole = before + written(`${before}${KEY}${after}`) + after;
        expect(scrub(plain)).not.toContain(KEY.slice(from, from + 8));
        expect(scrub(whole)).not.toContain(written(`${before}${KEY}${after}`));
      }),
    );
  });
});

describe("createLeakTest", () => {
  it("finds the key inside a text and nothing else", () => {
    const leaks = createLeakTest(Sensitive.from(KEY));

    expect(leaks(`Bearer ${KEY}`)).toBe(true);
    expect(leaks(KEY.slice(1))).toBe(false);
  });
});
