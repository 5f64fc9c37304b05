// SPDX-License-Identifier: Apache-2.0
import * as names from "../../protocol/names.ts";

const LONG = "a".repeat(63);

describe("the names", () => {
  it.each<[keyof typeof names, readonly string[], readonly unknown[]]>([
    [
      "readAgentName",
      ["a", "a1", "my-agent", LONG],
      ["", "1a", "-a", "a-", "A", "a_b", "a.b", `${LONG}a`, "аgent", "a\n", null],
    ],
    ["readKeyName", ["a", "openai", "a-", LONG], ["", "1", "-", "A", "a b", `${LONG}a`, "__proto__", "*", "a\n"]],
    [
      "readProviderId",
      ["anthropic", "openai", "gemini", "acme-2", "a", "a".repeat(32)],
      ["", "OpenAI", "openai ", "a_b", "-a", "a-", "1a", "__proto__", "a/b", "a".repeat(33), 1],
    ],
    ["readNodeTag", ["tag:agent", "tag:Agent-1"], ["agent", "tag:", "tag:1", "tag:a b", "tag:a,tag:b"]],
    ["readRuntimeName", ["hello", "openclaw"], ["", "../etc", "Hello", "a/b"]],
    ["readNodeId", ["n1CNTRL", "12"], ["", "a b", "a/b", "a".repeat(65)]],
    ["readBootId", ["0".repeat(32)], ["0".repeat(31), "G".repeat(32)]],
    ["readFingerprint", ["0123456789abcdef"], ["0123456789ABCDEF", "01"]],
  ])("%s takes what it should and nothing else", (reader, good, bad) => {
    for (const value of good) expect(names[reader](value, "n")).toBe(value);
    for (const value of bad) expect(() => names[reader](value, "n")).toThrow('cannot read "n"');
  });
});
