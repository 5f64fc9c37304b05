// SPDX-License-Identifier: Apache-2.0
import { parseAgentFacts } from "../../../../agent-image/workloads/ask/agentFacts.ts";

describe("parseAgentFacts of the workload", () => {
  it("takes what it needs of first boot's file", () => {
    const text = JSON.stringify({ officeClaws: 1, hostname: "a1", tag: "tag:agent", providers: ["openai"] });
    const facts = { hostname: "a1", runtime: "hello", providers: ["openai"], customProviders: [] };
    expect(parseAgentFacts(text)).toEqual(facts);
    const more = { officeClaws: 1, hostname: "a1", runtime: "openclaw", providers: ["corp"], operatorKeys: ["k"] };
    const custom = { id: "corp", origin: "https://llm.corp.example", endpoints: ["POST /v1/responses"], usage: "none" };
    expect(parseAgentFacts(JSON.stringify({ ...more, customProviders: [custom] }))).toEqual({
      hostname: "a1",
      runtime: "openclaw",
      providers: ["corp"],
      customProviders: [{ id: "corp", endpoints: ["POST /v1/responses"] }],
    });
  });

  it.each([
    ["null", "it is no object"],
    ["{}", "it has no host name or no providers"],
    ["[]", "it has no host name or no providers"],
    ['{"hostname":1,"providers":["a"]}', "it has no host name or no providers"],
    ['{"hostname":"a1","providers":[]}', "it has no host name or no providers"],
    ['{"hostname":"a1","providers":[1]}', "it has no host name or no providers"],
    ['{"hostname":"a1","providers":["a"],"runtime":"toString"}', 'there is no runtime "toString"'],
    ['{"hostname":"a1","providers":["a"],"customProviders":{}}', "a custom provider has no ID or no endpoints"],
    [
      '{"hostname":"a1","providers":["a"],"customProviders":[{"id":"b"}]}',
      "a custom provider has no ID or no endpoints",
    ],
  ])("refuses %s", (text, cause) => {
    expect(() => parseAgentFacts(text)).toThrow(`cannot read agent.json: ${cause}`);
  });
});
