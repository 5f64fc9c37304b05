// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";

import { outboundRules } from "../../components/outboundRules.ts";
import { parseStepOutput } from "../../components/nodeOutput.ts";
import { renderUserData } from "../../components/userData.ts";

const data = {
  hostname: "a1",
  tag: "tag:agent",
  controlUrl: "https://control.example",
  runtime: "hello",
  providers: ["anthropic"],
  authKey: "tskey-auth-k1",
};

describe("renderUserData", () => {
  it("is one line of JSON that says its format", () => {
    expect(renderUserData(data)).toBe(
      '{"officeClaws":1,"hostname":"a1","tag":"tag:agent","controlUrl":"https://control.example","runtime":"hello",' +
        '"providers":["anthropic"],"authKey":"tskey-auth-k1"}',
    );
  });

  it("drops what is not part of the format, so nothing slips into user-data", () => {
    const more = { ...data, providerKey: "sk-ant-api03-canary" };
    expect(renderUserData(more)).toBe(renderUserData(data));
  });

  it("carries any text through JSON unharmed", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (hostname, authKey) => {
        const parsed = JSON.parse(renderUserData({ ...data, hostname, authKey })) as Record<string, unknown>;
        return parsed["hostname"] === hostname && parsed["authKey"] === authKey;
      }),
    );
  });
});

describe("parseStepOutput", () => {
  it("reads what the step prints", () => {
    expect(parseStepOutput('{"nodeId":"n1","nodeName":"a1.x"}')).toEqual({ nodeId: "n1", nodeName: "a1.x" });
  });

  it.each(["[]", "null", "{}", '{"nodeId":"n1"}', '{"nodeId":"","nodeName":""}', '{"nodeId":1,"nodeName":"x"}'])(
    "refuses %s",
    (stdout) => {
      expect(() => parseStepOutput(stdout)).toThrow("the node step printed no node");
    },
  );
});

describe("outboundRules", () => {
  it("writes ports in the form that does not drift", () => {
    for (const { portRange } of outboundRules()) expect(["all", "443", "80", "53"]).toContain(portRange);
  });

  it("gives each caller rules of its own", () => {
    expect(outboundRules()).not.toBe(outboundRules());
  });
});
