// SPDX-License-Identifier: Apache-2.0
import { hasAgentToken, isPlaceholder } from "../../broker/agentToken.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

const TOKEN = `agt_${"A".repeat(43)}`;
const token = Sensitive.from(TOKEN);

describe("hasAgentToken", () => {
  it.each([
    ["x-api-key", ["X-Api-Key", TOKEN]],
    ["a bearer token", ["authorization", `Bearer ${TOKEN}`]],
    ["a bearer token in lower case", ["Authorization", `bearer  ${TOKEN}`]],
    ["Google's header", ["X-Goog-Api-Key", TOKEN]],
    ["a value that starts like a provider's key", ["x-api-key", `sk-ant-api03-${TOKEN}`]],
    ["one of two headers", ["x-api-key", "sk-ant-other", "authorization", `Bearer ${TOKEN}`]],
  ])("finds it in %s", (_name, headers) => {
    expect(hasAgentToken(headers, "/anthropic/v1/messages", token)).toBe(true);
  });

  it.each([
    ["no header", []],
    ["an empty one", ["x-api-key", ""]],
    ["one character off", ["x-api-key", `agt_${"A".repeat(42)}B`]],
    ["its start", ["x-api-key", TOKEN.slice(0, -1)]],
    ["more than it", ["x-api-key", `${TOKEN} `]],
    ["another scheme", ["authorization", `Basic ${TOKEN}`]],
    ["another header", ["api-key", TOKEN]],
    ["a value with more in front than any key's start", ["x-api-key", `${"a".repeat(17)}${TOKEN}`]],
    ["a value with a space in front", ["x-api-key", ` ${TOKEN}`]],
    ["the mere scheme", ["authorization", "Bearer "]],
  ])("does not find it in %s", (_name, headers) => {
    expect(hasAgentToken(headers, "/anthropic/v1/messages", token)).toBe(false);
  });
});

describe("hasAgentToken in the target", () => {
  it.each([`/gemini/v1/models?key=${TOKEN}`, `/gemini/v1/models?alt=sse&key=${TOKEN}`])("finds it in %s", (target) => {
    expect(hasAgentToken([], target, token)).toBe(true);
  });

  it.each([
    `/gemini/v1/models?key=${TOKEN}x`,
    `/gemini/v1/models?key=`,
    `/gemini/v1/models?Key=${TOKEN}`,
    `/gemini/v1/models?token=${TOKEN}`,
    `/gemini/v1/models/key=${TOKEN}`,
    `/gemini/v1/models#?key=${TOKEN.slice(1)}`,
  ])("does not find it in %s", (target) => {
    expect(hasAgentToken([], target, token)).toBe(false);
  });
});

describe("isPlaceholder", () => {
  it("knows a placeholder by its form alone", () => {
    expect([TOKEN, `sk-${TOKEN}`, `agt_${"B".repeat(43)}`].map(isPlaceholder)).toEqual([true, true, true]);
    expect(["", "agt_", "AIzaSyA", `${TOKEN}A`, `a b${TOKEN}`].map(isPlaceholder)).toEqual(Array(5).fill(false));
  });
});
