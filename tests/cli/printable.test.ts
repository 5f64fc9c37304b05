// SPDX-License-Identifier: Apache-2.0
import { printable } from "../../cli/printable.ts";

describe("printable", () => {
  it.each([
    ["\u001b[2J", "\ufffd[2J"],
    ["\u009b2J", "\ufffd2J"],
    ["\u001b]0;title\u0007", "\ufffd]0;title\ufffd"],
    ["a\rb\bc\u007f", "a\ufffdb\ufffdc\ufffd"],
    ["nick\u202e)enog(\u2066x\u2069\u200f", "nick\ufffd)enog(\ufffdx\ufffd\ufffd"],
    ["one\u2028two\u2029three", "one\ufffdtwo\ufffdthree"],
  ])("takes the control out of %j", (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it.each(["one\n\ttwo", "שלום", "مرحبا", "日本語", "👩‍💻 é", "\ufffd"])("leaves %j as it is", (text) => {
    expect(printable(text)).toBe(text);
  });
});
