// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";

import { ConfigurationError, parseConfiguration, type RawConfiguration } from "../../stacks/configuration.ts";

function problemsOf(raw: RawConfiguration): readonly string[] {
  try {
    parseConfiguration(raw);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe("parseConfiguration", () => {
  it("applies the built-in defaults", () => {
    expect(parseConfiguration({ agents: [{ name: "ada", image: "42" }] })).toEqual([
      {
        name: "ada",
        image: "42",
        region: "nyc3",
        size: "s-1vcpu-1gb",
        runtime: "hello",
        providers: ["anthropic"],
        ttlHours: null,
        tags: [],
        nodeTag: "tag:agent",
        controlUrl: "https://controlplane.tailscale.com",
      },
    ]);
  });

  it("lets the stack's defaults stand in for missing fields and an agent's own field win", () => {
    const agents = parseConfiguration({
      defaults: { image: "42", region: "ams3", providers: ["openai"] },
      agents: [{ name: "ada" }, { name: "grace", region: "fra1", ttlHours: 1.5, tags: ["team:x"] }],
      tailnetTag: "tag:claws",
      controlUrl: "https://control.example:8443",
    });
    expect(
      agents.map(({ name, region, providers, ttlHours, tags }) => [name, region, providers, ttlHours, tags]),
    ).toEqual([
      ["ada", "ams3", ["openai"], null, []],
      ["grace", "fra1", ["openai"], 1.5, ["team:x"]],
    ]);
    expect(agents.map(({ nodeTag, controlUrl }) => [nodeTag, controlUrl])).toEqual([
      ["tag:claws", "https://control.example:8443"],
      ["tag:claws", "https://control.example:8443"],
    ]);
  });

  it("takes a stack without agents for an empty one", () => {
    expect(parseConfiguration({})).toEqual([]);
    expect(parseConfiguration({ agents: [] })).toEqual([]);
  });

  it("reports every problem at once, each with its path", () => {
    expect(() =>
      parseConfiguration({
        agent: [],
        defaults: { regoin: "nyc3" },
        agents: [{ name: "Ada", image: "42" }, { name: "grace", image: 42, sise: "big" }, "alan"],
        tailnetTag: "agent",
      }),
    ).toThrow(
      new ConfigurationError([
        'agent: unknown setting; did you mean "agents"?',
        'tailnetTag: must be a tailnet tag such as "tag:agent", not "agent"',
        'defaults.regoin: unknown field; did you mean "region"?',
        'agents[0].name: must be a DNS label (a lower-case letter, then letters, digits and "-", at most 63), not "Ada"',
        'agents[1].image: must be the numeric ID of a snapshot as text, such as "146288445", not 42',
        'agents[1].sise: unknown field; did you mean "size"?',
        'agents[2]: must be a map of fields, not "alan"',
      ]),
    );
  });

  it("does not report a field as missing in each agent that is malformed in the defaults", () => {
    expect(problemsOf({ defaults: { image: "" }, agents: [{ name: "ada" }, { name: "grace" }] })).toEqual([
      'defaults.image: must be the numeric ID of a snapshot as text, such as "146288445", not ""',
    ]);
  });

  it("starts its text with the word that the CLI looks for", () => {
    expect(new ConfigurationError(["a: b"]).message).toBe("configuration: 1 problem\n  a: b");
    expect(new ConfigurationError(["a: b", "c: d"]).message).toBe("configuration: 2 problems\n  a: b\n  c: d");
  });

  it.each([
    [{ image: "42" }, ["agents[0].name: is required"]],
    [{ name: "ada" }, ["agents[0].image: is required"]],
    [{ name: "ada", image: "debian-13-x64" }, [expect.stringContaining("agents[0].image: must be the numeric ID")]],
    [{ name: "ada", image: "42", runtime: "openclaww" }, ['agents[0].runtime: must be one of hello, not "openclaww"']],
    [
      { name: "ada", image: "42", providers: ["anthropic", "anthropc"] },
      ['agents[0].providers: element 1 must be one of anthropic, openai, not "anthropc"'],
    ],
    [{ name: "ada", image: "42", providers: [] }, ["agents[0].providers: must have at least 1 element"]],
    [
      { name: "ada", image: "42", providers: ["openai", "openai"] },
      ["agents[0].providers: element 1 stands there twice"],
    ],
    [
      { name: "ada", image: "42", ttlHours: 0 },
      ["agents[0].ttlHours: must be a number above 0 and at most 87600, not 0"],
    ],
    [{ name: "ada", image: "42", tags: ["a.b"] }, [expect.stringContaining("agents[0].tags: element 0 must be")]],
    [
      { name: "ada", image: "42", region: null },
      ['agents[0].region: must be a region slug such as "nyc3", not nothing'],
    ],
    [{ name: "ada", image: "42", constructor: "x" }, ["agents[0].constructor: unknown field"]],
  ])("refuses the agent %j", (agent, problems) => {
    expect(problemsOf({ agents: [agent] })).toEqual(problems);
  });

  it("refuses a second agent of the same name", () => {
    const twin = { name: "ada", image: "42" };
    expect(problemsOf({ agents: [twin, twin] })).toEqual(['agents[1].name: "ada" is another agent\'s name already']);
  });

  it.each(["http://control.example", "https://a b", "control.example", "https://x/path", 7])(
    "refuses %j as control plane",
    (controlUrl) => {
      expect(problemsOf({ controlUrl })).toEqual([expect.stringContaining("controlUrl: must be the https URL")]);
    },
  );

  it("does not repeat a long text, which may be a key in the wrong field", () => {
    const [problem] = problemsOf({ agents: [{ name: "sk-ant-api03_canary_canary_canary", image: "42" }] });
    expect(problem).toContain("not a text of 33 characters");
    expect(problem).not.toContain("canary");
  });

  it("either gives agents or a ConfigurationError, whatever it is given", () => {
    const anyRaw = fc.dictionary(fc.constantFrom("agents", "defaults", "tailnetTag", "x"), fc.anything());
    fc.assert(fc.property(anyRaw, (raw) => Array.isArray(problemsOf(raw))));
  });

  it("gives only names that are DNS labels", () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const refused = problemsOf({ agents: [{ name, image: "42" }] }).length > 0;
        return refused || /^[a-z][a-z0-9-]*$/.test(name);
      }),
    );
  });
});
