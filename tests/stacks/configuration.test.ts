// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";

import { ConfigurationError, parseConfiguration, type RawConfiguration } from "../../stacks/configuration.ts";

const keyOf = (byte: number): string => Buffer.alloc(32, byte).toString("base64url");
const operatorKey = keyOf(7);

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
        size: "s-2vcpu-4gb",
        runtime: "openclaw",
        providers: ["anthropic"],
        ttlHours: null,
        tags: [],
        egress: [],
        broker: null,
        ssh: null,
        customProviders: [],
        operatorKeys: [],
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
    [
      { name: "ada", image: "42", runtime: "openclaww" },
      ['agents[0].runtime: must be one of openclaw, hello, not "openclaww"'],
    ],
    [
      { name: "ada", image: "42", providers: ["anthropic", "anthropc"] },
      [
        'agents[0].providers: element 1 must be one of anthropic, openai, gemini, openrouter, xai, groq, deepseek, mistral, not "anthropc"',
      ],
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
    [
      { name: "ada", image: "42", egress: ["140.82.112.0/20:443", "0.0.0.0/0:443"] },
      [expect.stringMatching(/^agents\[0\]\.egress: element 1 must be a public network, .*, not "0\.0\.0\.0\/0:443"$/)],
    ],
    [
      { name: "ada", image: "42", broker: "broker.example:7441" },
      [
        'agents[0].broker: must be an address of the tailnet and a port such as "100.64.0.9:7441", never a name, not "broker.example:7441"',
      ],
    ],
    [{ name: "ada", image: "42", ssh: "no" }, ['agents[0].ssh: must be true or false, not "no"']],
    [{ name: "ada", image: "42", operatorKeys: [] }, ["agents[0].operatorKeys: unknown field"]],
    [{ name: "ada", image: "42", constructor: "x" }, ["agents[0].constructor: unknown field"]],
  ])("refuses the agent %j", (agent, problems) => {
    expect(problemsOf({ agents: [agent] })).toEqual(problems);
  });

  it("lets the size follow the workload, wherever that is set", () => {
    const agents = parseConfiguration({
      defaults: { image: "42", runtime: "hello" },
      agents: [{ name: "ada" }, { name: "grace", runtime: "openclaw" }, { name: "alan", size: "c-4" }],
    });
    expect(agents.map(({ size }) => size)).toEqual(["s-1vcpu-1gb", "s-2vcpu-4gb", "c-4"]);
  });

  it("takes SSH for all agents and for one, on and off", () => {
    const agents = parseConfiguration({
      defaults: { image: "42", ssh: false },
      agents: [{ name: "ada" }, { name: "grace", ssh: true }],
    });
    expect(agents.map(({ ssh }) => ssh)).toEqual([false, true]);
  });

  it("gives every agent the operators' keys, and each its own destinations and broker", () => {
    const [ada, grace] = parseConfiguration({
      operatorKeys: [operatorKey],
      defaults: { image: "42", egress: ["140.82.112.0/20:443"] },
      agents: [{ name: "ada" }, { name: "grace", egress: [], broker: "100.64.0.9:7441" }],
    });
    expect(ada).toMatchObject({ operatorKeys: [operatorKey], egress: ["140.82.112.0/20:443"], broker: null });
    expect(grace).toMatchObject({ operatorKeys: [operatorKey], egress: [], broker: "100.64.0.9:7441" });
  });

  it.each([
    ["a text", operatorKey, /^operatorKeys: must be a list, not a text of 43 characters$/],
    ["an empty list", [], /^operatorKeys: must have at least 1 element$/],
    ["nine keys", Array.from({ length: 9 }, (_, byte) => keyOf(byte)), /^operatorKeys: must have at most 8 elements$/],
    ["a key twice", [operatorKey, operatorKey], /^operatorKeys: element 1 stands there twice$/],
    ["a key with padding", [`${operatorKey}=`], /^operatorKeys: element 0 must be a public key .*, not a text of 44/],
    ["a key in another spelling", [`${operatorKey.slice(0, 42)}d`], /^operatorKeys: element 0 must be a public key/],
    ["a key that is cut", [operatorKey.slice(1)], /^operatorKeys: element 0 must be a public key/],
  ])("refuses %s as operators' keys", (_, operatorKeys, problem) => {
    expect(problemsOf({ operatorKeys })).toEqual([expect.stringMatching(problem)]);
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
    const names = ["agents", "defaults", "tailnetTag", "operatorKeys", "customProviders", "x"] as const;
    const anyRaw = fc.dictionary(fc.constantFrom(...names), fc.anything());
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
