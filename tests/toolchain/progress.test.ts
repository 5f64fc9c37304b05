// SPDX-License-Identifier: Apache-2.0
import { createProgress, formatBytes, formatDuration } from "../../toolchain/progress.ts";

function record(isTerminal: boolean): {
  text: () => string;
  at: (time: number) => void;
  progress: ReturnType<typeof createProgress>;
} {
  let text = "";
  let time = 0;
  const progress = createProgress({ write: (part) => (text += part), isTerminal, now: () => time });
  return { text: () => text, at: (next) => (time = next), progress };
}

describe("createProgress", () => {
  it("rewrites one line on a terminal and keeps the steps", () => {
    const { progress, text } = record(true);
    progress.update("1 of 2");
    progress.update("2 of 2");
    progress.step("done");
    progress.step("next");
    expect(text()).toBe("toolchain: 1 of 2\r\u001b[Ktoolchain: 2 of 2\r\u001b[Ktoolchain: done\ntoolchain: next\n");
  });

  it("prints plain lines without a terminal, passing ones at most every minute", () => {
    const { progress, text, at } = record(false);
    progress.update("too early");
    at(59_999);
    progress.update("still too early");
    at(60_000);
    progress.update("a minute");
    at(119_999);
    progress.update("too early again");
    progress.step("a step is always printed");
    at(125_000);
    progress.update("too early after the step");
    expect(text()).toBe("toolchain: a minute\ntoolchain: a step is always printed\n");
  });
});

describe("formatDuration", () => {
  it.each([
    [0, "0 s"],
    [59_400, "59 s"],
    [59_600, "1 min 0 s"],
    [200_000, "3 min 20 s"],
  ])("writes %d ms as %s", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

describe("formatBytes", () => {
  it.each([
    [12_000_000, 48_000_000, "12.0 of 48.0 MB (25 %)"],
    [47_999_999, 48_000_000, "48.0 of 48.0 MB (99 %)"],
    [1_500_000, undefined, "1.5 MB"],
    [0, 0, "0.0 MB"],
  ])("writes %d of %s bytes as %s", (bytes, total, text) => {
    expect(formatBytes(bytes, total)).toBe(text);
  });
});
