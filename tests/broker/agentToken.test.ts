// SPDX-License-Identifier: Apache-2.0
import { hasAgentToken } from "../../broker/agentToken.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

const TOKEN = `agt_${"A".repeat(43)}`;
const token = Sensitive.from(TOKEN);

describe("hasAgentToken", () => {
  it.each([
    ["x-api-key", ["X-Api-Key", TOKEN]],
    ["a bearer token", ["authorization", `Bearer ${TOKEN}`]],
    ["a bearer token in lower case", ["Authorization", `bearer  ${TOKEN}`]],
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
    ["the mere scheme", ["authorization", "Bearer "]],
  ])("does not find it in %s", (_name, headers) => {
    expect(hasAgentToken(headers, "/anthropic/v1/messages", token)).toBe(false);
  });
});
