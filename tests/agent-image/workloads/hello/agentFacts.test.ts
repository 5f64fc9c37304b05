// SPDX-License-Identifier: Apache-2.0
import { parseAgentFacts } from "../../../../agent-image/workloads/hello/agentFacts.ts";

describe("parseAgentFacts of the workload", () => {
  it("takes what it needs of first boot's file", () => {
    const text = JSON.stringify({ officeClaws: 1, hostname: "a1", tag: "tag:agent", providers: ["openai"] });
    expect(parseAgentFacts(text)).toEqual({ hostname: "a1", providers: ["openai"] });
  });

  it.each([
    "{}",
    "null",
    "[]",
    '{"hostname":1,"providers":["a"]}',
    '{"hostname":"a1","providers":[]}',
    '{"hostname":"a1","providers":[1]}',
  ])("refuses %s", (text) => {
    expect(() => parseAgentFacts(text)).toThrow("cannot read agent.json: it has no host name or no providers");
  });
});
