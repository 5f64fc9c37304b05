// SPDX-License-Identifier: Apache-2.0
import { renderTailnetPolicy } from "../../cli/tailnetPolicy.ts";
import { parseControlRules } from "../../protocol/capability.ts";
import { runClaws } from "../support/cliHarness.ts";

describe("the tailnet policy", () => {
  it("has two grants, from the operators to the agents: two ports with the capability, and SSH", () => {
    const { tagOwners, grants } = renderTailnetPolicy({
      operators: ["alice@example.com", "group:ops"],
      tag: "tag:agent",
    });
    expect(tagOwners).toEqual({ "tag:agent": ["alice@example.com", "group:ops"] });
    expect(grants).toEqual([
      {
        src: ["alice@example.com", "group:ops"],
        dst: ["tag:agent"],
        ip: ["tcp:7440", "tcp:7442"],
        app: {
          "officeclaws.com/cap/control": [
            { actions: ["status", "put", "activate", "revoke", "wipe", "audit", "seal", "restart"], keys: ["*"] },
          ],
        },
      },
      { src: ["alice@example.com", "group:ops"], dst: ["tag:agent"], ip: ["tcp:22"] },
    ]);
  });

  it("grants what the daemon understands", () => {
    const [grant] = renderTailnetPolicy({ operators: ["alice@example.com"], tag: "tag:agent" }).grants;
    expect(parseControlRules(grant?.app?.["officeclaws.com/cap/control"])).toHaveLength(1);
  });

  it("tries whether an agent reaches an agent or an operator, and whether an operator reaches too much", () => {
    const { tests } = renderTailnetPolicy({ operators: ["alice@example.com", "group:ops", "tag:ci"], tag: "tag:claw" });
    const operatorTest = {
      accept: ["tag:claw:7440", "tag:claw:7442", "tag:claw:22"],
      deny: ["tag:claw:1", "tag:claw:443"],
    };
    expect(tests).toEqual([
      { src: "alice@example.com", ...operatorTest },
      { src: "group:ops", ...operatorTest },
      { src: "tag:ci", ...operatorTest },
      {
        src: "tag:claw",
        deny: [
          ...["tag:claw:7440", "tag:claw:7442", "tag:claw:1", "tag:claw:22", "tag:claw:443"],
          ...["alice@example.com:1", "alice@example.com:22", "alice@example.com:443"],
          ...["tag:ci:1", "tag:ci:22", "tag:ci:443"],
        ],
      },
    ]);
  });

  it("lets agents reach the one port of the owner's broker on request, and tries that nothing else of it is open", () => {
    const { grants, tests } = renderTailnetPolicy({ operators: ["op@"], tag: "tag:agent", broker: "100.64.0.1" });
    expect(grants.slice(2)).toEqual([{ src: ["tag:agent"], dst: ["100.64.0.1"], ip: ["tcp:7441"] }]);
    expect(tests.at(-1)).toEqual({
      src: "tag:agent",
      accept: ["100.64.0.1:7441"],
      deny: [
        ...["tag:agent:7440", "tag:agent:7442", "tag:agent:1", "tag:agent:22", "tag:agent:443"],
        ...["op@:1", "op@:22", "op@:443", "100.64.0.1:1", "100.64.0.1:22", "100.64.0.1:443"],
      ],
    });
  });

  it("takes another port of the owner's broker", () => {
    const { grants } = renderTailnetPolicy({ operators: ["op@"], tag: "tag:agent", broker: "100.64.0.1:7450" });
    expect(grants.slice(2)).toEqual([{ src: ["tag:agent"], dst: ["100.64.0.1"], ip: ["tcp:7450"] }]);
  });

  it.each([
    "100.64.0.1:22",
    "100.64.0.1:65536",
    "100.64.0.1:",
    "100.64.0.1:07450",
    "192.168.0.1",
    "100.128.0.1",
    "100.63.0.1",
    "100.64.0.1/10",
    "fd7a::1",
    "laptop",
    "*",
    "tag:agent",
    "0.0.0.0",
  ])("refuses %s as the broker's address", (broker) => {
    const render = () => renderTailnetPolicy({ operators: ["op@"], tag: "tag:agent", broker });
    expect(render).toThrow(`--broker must be a tailnet IPv4 address such as 100.64.0.1, not "${broker}"`);
  });

  it("names one numeric port in each test, and no group as a destination, as Tailscale's tests want it", () => {
    const { tests } = renderTailnetPolicy({ operators: ["op@", "group:ops", "tag:ci"], tag: "tag:agent" });
    for (const { accept = [], deny = [] } of tests)
      for (const destination of [...accept, ...deny]) expect(destination).toMatch(/^(?!group:).+:\d+$/);
    expect(tests.flatMap(({ accept = [], deny = [] }) => accept.filter((one) => deny.includes(one)))).toEqual([]);
  });

  it.each([
    [["alice@example.com"], "agent", "--tag must be a tailnet tag such as tag:agent"],
    [[], "tag:agent", "--operator is missing: who may control the agents?"],
    [["*"], "tag:agent", '--operator "*" is no user (alice@example.com), group (group:ops) or tag (tag:ci)'],
    [
      ["autogroup:member"],
      "tag:agent",
      '--operator "autogroup:member" is no user (alice@example.com), group (group:ops) or tag (tag:ci)',
    ],
    [["tag:agent"], "tag:agent", "--operator tag:agent would let every agent control every other"],
    [["tag:ci"], "tag:agent", "--operator must name at least one user or group: somebody must own the tags"],
  ])("is refused for operators %j and tag %s", (operators, tag, message) => {
    expect(() => renderTailnetPolicy({ operators, tag })).toThrow(message);
  });

  it("is printed as JSON, without its tests when they are not wanted", async () => {
    const words = ["tailnet", "policy", "show", "--operator", "op@"];
    const whole = await runClaws(words);
    expect(whole.exitCode).toBe(0);
    expect(Object.keys(JSON.parse(whole.stdout) as object)).toEqual([
      "tagOwners",
      "grants",
      "ssh",
      "tests",
      "sshTests",
    ]);
    const short = await runClaws([...words, "--without-tests"]);
    expect(Object.keys(JSON.parse(short.stdout) as object)).toEqual(["tagOwners", "grants", "ssh"]);
  });
});
