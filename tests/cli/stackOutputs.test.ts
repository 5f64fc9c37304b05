// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { UserError } from "../../cli/errors.ts";
import { parseStackOutputs, type KnownAgent } from "../../cli/stackOutputs.ts";
import { knownAgent } from "../support/agentWorld.ts";

/** Members that an earlier release did not write. */
const later: readonly string[] = ["operatorKeys", "broker", "customProviders", "createdAt", "ttlHours"];

describe("the stack's outputs", () => {
  it("give the agents by name, without what this release does not know", () => {
    const agents = parseStackOutputs({ agents: { a1: { ...knownAgent(), more: 1 }, b2: knownAgent() }, other: 1 });
    expect([...agents.keys()]).toEqual(["a1", "b2"]);
    expect(agents.get("a1")).toEqual(knownAgent());
  });

  it.each([[undefined], [null], [{}], [{ other: 1 }], [{ agents: {} }], ["text"]])("%j hold no agent", (outputs) => {
    expect(parseStackOutputs(outputs)).toEqual(new Map());
  });

  it("of an earlier release, which say nothing of sealing, brokers and custom providers, are read as saying no", () => {
    const earlier = Object.fromEntries(Object.entries(knownAgent()).filter(([member]) => !later.includes(member)));
    expect(parseStackOutputs({ agents: { a1: earlier } }).get("a1")).toEqual(knownAgent({ createdAt: null }));
  });

  it("name operators, the owner's broker and custom providers", () => {
    const acme = {
      ...{ id: "acme", origin: "https://api.acme.example", endpoints: ["POST /v1/x"] },
      auth: { header: "x-api-key", prefix: "" },
    };
    const given = { operatorKeys: ["k"], broker: "100.64.0.9:7441", customProviders: [acme], ttlHours: 36 };
    expect(parseStackOutputs({ agents: { a1: knownAgent(given) } }).get("a1")).toEqual(knownAgent(given));
  });

  it.each([
    ["createdAt", 5],
    ["ttlHours", 0],
    ["ttlHours", "12"],
    ["operatorKeys", "k"],
    ["operatorKeys", null],
    ["operatorKeys", [5]],
    ["broker", 5],
    ["customProviders", [{ id: "acme" }]],
    ["customProviders", null],
  ])("are refused when %s is %j", (member, value) => {
    expect(() => parseStackOutputs({ agents: { a1: { ...knownAgent(), [member]: value } } })).toThrow(
      `cannot read "agents.a1.${member}`,
    );
  });

  const members = Object.keys(knownAgent()).filter((member) => !later.includes(member)) as (keyof KnownAgent)[];

  it.each(members)("are refused when %s is missing or of another type", (member) => {
    const without = Object.fromEntries(Object.entries(knownAgent()).filter(([name]) => name !== member));
    for (const agent of [without, { ...without, [member]: 5 }, { ...without, [member]: null }]) {
      let thrown: unknown;
      try {
        parseStackOutputs({ agents: { a1: agent } });
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(UserError);
      expect(thrown).toMatchObject({ exitCode: 1, hints: ["finish the update first: claws up"] });
      expect(String(thrown)).toContain(`agents.a1.${member}`);
    }
  });

  it.each([["A1"], ["a_1"], [""], ["-a"], ["a1;rm"], ["x".repeat(64)], ["\u001b[2J"]])(
    "are refused when an agent is called %j",
    (name) => {
      expect(() => parseStackOutputs({ agents: { [name]: knownAgent() } })).toThrow("cannot read the stack's outputs");
    },
  );

  it("of any form are read or refused in words, never otherwise", () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record({ agents: fc.anything() })), (outputs) => {
        let thrown: unknown;
        try {
          parseStackOutputs(outputs);
        } catch (error) {
          thrown = error;
        }
        expect(thrown === undefined || thrown instanceof UserError).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
