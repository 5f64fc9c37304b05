// SPDX-License-Identifier: Apache-2.0
// Starts from a state that keeps every rule and breaks one property a test.
import { checkRules } from "../../cli/audit/auditRule.ts";
import { auditRules } from "../../cli/audit/rules.ts";
import { readStackState } from "../../cli/stackState.ts";
import { fakeStack } from "../support/agentWorld.ts";
import { makeProject, runClaws } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const CANARY = "sk-ant-canary-12345678";
const AGENT = "urn:pulumi:dev::office-claws::office-claws:index:Agent::a1";
const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:xyz" };

interface Raw {
  urn: string;
  type: string;
  id: string;
  parent: string;
  dependencies: string[];
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

function urnOf(type: string): string {
  return `urn:pulumi:dev::office-claws::office-claws:index:Agent$${type}::a1`;
}

function resource(
  type: string,
  id: string,
  inputs: Record<string, unknown>,
  outputs: Record<string, unknown> = {},
): Raw {
  return { urn: urnOf(type), type, id, parent: AGENT, dependencies: [], inputs, outputs: { ...inputs, ...outputs } };
}

function goodState(): Record<"droplet" | "firewall" | "vpc" | "key" | "command", Raw> {
  const firewall = resource("digitalocean:index/firewall:Firewall", "fw", {
    tags: ["t"],
    outboundRules: [{ protocol: "tcp" }],
  });
  const droplet = resource(
    "digitalocean:index/droplet:Droplet",
    "101",
    { tags: ["t"], userData: secret },
    { userData: "sha1" },
  );
  droplet.dependencies.push(firewall.urn);
  const key = resource(
    "tailscale:index/tailnetKey:TailnetKey",
    "k",
    {
      reusable: false,
      ephemeral: false,
      preauthorized: true,
      expiry: 900,
      tags: ["tag:agent"],
      recreateIfInvalid: "never",
    },
    { key: secret },
  );
  return {
    firewall,
    droplet,
    key,
    vpc: resource("digitalocean:index/vpc:Vpc", "v", {}),
    command: resource("command:local:Command", "c", {}),
  };
}

function exportedWith(
  change: (state: ReturnType<typeof goodState>) => unknown,
  more: readonly unknown[] = [],
): unknown {
  const state = goodState();
  change(state);
  return {
    version: 3,
    deployment: { resources: [{ urn: AGENT, type: "office-claws:index:Agent" }, ...Object.values(state), ...more] },
  };
}

function broken(exported: unknown): readonly (readonly string[])[] {
  return checkRules(auditRules, readStackState(exported))
    .filter(({ result }) => result === "broken")
    .map(({ rule, breaks }) => [rule, ...breaks]);
}

describe("the audit's rules", () => {
  it("are these", () => {
    expect(auditRules.map(({ id }) => id)).toEqual([
      "no-inbound",
      "behind-firewall",
      "auth-key-one-off",
      "user-data-secret",
      "enrolment-secret",
      "no-secret-text",
      "one-node-per-droplet",
    ]);
  });

  it("hold for a stack as the program makes it, and for an empty one", () => {
    expect(broken(exportedWith(() => undefined))).toEqual([]);
    expect(broken({ version: 3, deployment: { manifest: {} } })).toEqual([]);
  });

  it.each([
    ["no state", undefined],
    ["an older form", { version: 2, deployment: { resources: [] } }],
    ["a newer form", { version: 5, deployment: { resources: [] } }],
    ["no version", { deployment: { resources: [] } }],
    ["no deployment", { version: 3 }],
    ["a deployment that is a list", { version: 3, deployment: [] }],
    ["resources by name", { version: 3, deployment: { resources: { a: { urn: AGENT, type: "t" } } } }],
    ["a resource without a type", { version: 3, deployment: { resources: [{ urn: AGENT }] } }],
    ["a pending operation without a resource", { version: 3, deployment: { pending_operations: [{}] } }],
  ])("are not asked about %s", (_, exported) => {
    expect(() => readStackState(exported)).toThrow("cannot read the stack's exported state: ");
  });

  it.each<[string, (state: ReturnType<typeof goodState>) => unknown, string, string]>([
    [
      "an inbound rule",
      ({ firewall }) => (firewall.inputs["inboundRules"] = [{ protocol: "tcp" }]),
      "no-inbound",
      "firewall a1 has inbound rules",
    ],
    [
      "an inbound rule that only the cloud knows",
      ({ firewall }) => (firewall.outputs["inboundRules"] = [{}]),
      "no-inbound",
      "firewall a1 has inbound rules",
    ],
    [
      "a firewall for another tag",
      ({ firewall }) => (firewall.outputs["tags"] = ["other"]),
      "behind-firewall",
      "no firewall covers droplet a1",
    ],
    [
      "a droplet made before its firewall",
      ({ droplet }) => (droplet.dependencies = []),
      "behind-firewall",
      "droplet a1 does not depend on its firewall",
    ],
    ["a reusable key", ({ key }) => (key.inputs["reusable"] = true), "auth-key-one-off", "auth key a1 is reusable"],
    [
      "an ephemeral key",
      ({ key }) => (key.inputs["ephemeral"] = true),
      "auth-key-one-off",
      "auth key a1 makes ephemeral nodes",
    ],
    [
      "a key without preauthorization",
      ({ key }) => delete key.inputs["preauthorized"],
      "auth-key-one-off",
      "auth key a1 is not preauthorized",
    ],
    ["a key without a tag", ({ key }) => (key.inputs["tags"] = []), "auth-key-one-off", "auth key a1 has no tag"],
    [
      "a long-lived key",
      ({ key }) => (key.inputs["expiry"] = 901),
      "auth-key-one-off",
      "auth key a1 lives longer than 900 s",
    ],
    [
      "a key without an expiry",
      ({ key }) => delete key.inputs["expiry"],
      "auth-key-one-off",
      "auth key a1 lives longer than 900 s",
    ],
    [
      "a key that is re-created",
      ({ key }) => (key.inputs["recreateIfInvalid"] = "always"),
      "auth-key-one-off",
      'auth key a1 is not set to recreateIfInvalid "never"',
    ],
    [
      "a plain key",
      ({ key }) => (key.outputs["key"] = "plain"),
      "auth-key-one-off",
      "auth key a1 is plain text in the state",
    ],
    [
      "plain user-data",
      ({ droplet }) => (droplet.inputs["userData"] = "{}"),
      "user-data-secret",
      "user-data of droplet a1 is plain text in the state",
    ],
    [
      "a provider key in an input",
      ({ command }) => (command.inputs["environment"] = { X: CANARY }),
      "no-secret-text",
      "a1: inputs.environment.X looks like a key (not shown)",
    ],
    [
      "a provider key in a list of an output",
      ({ vpc }) => (vpc.outputs["notes"] = ["a", `x ${CANARY} y`]),
      "no-secret-text",
      "a1: outputs.notes.1 looks like a key (not shown)",
    ],
    [
      "a provider key as a name",
      ({ vpc }) => (vpc.inputs[CANARY] = 1),
      "no-secret-text",
      "a1: a member name in inputs looks like a key (not shown)",
    ],
    ["no node", (state) => (state.command.type = "x:y:Z"), "one-node-per-droplet", "agent a1: 0 of Command"],
  ])("find %s, and only that", (_, change, rule, message) => {
    const found = broken(exportedWith(change));
    expect(found).toEqual([[rule, message]]);
    expect(JSON.stringify(found)).not.toContain(CANARY);
  });

  it("find a reserved IP and a second droplet of an agent", () => {
    const reserved = {
      urn: urnOf("digitalocean:index/reservedIp:ReservedIp"),
      type: "digitalocean:index/reservedIp:ReservedIp",
      id: "r",
      parent: AGENT,
    };
    expect(broken(exportedWith(() => undefined, [reserved]))).toEqual([
      ["no-inbound", "a1 (digitalocean:index/reservedIp:ReservedIp) leads to a droplet"],
    ]);
    const second = {
      ...goodState().droplet,
      urn: `${urnOf("digitalocean:index/droplet:Droplet")}-2`,
      dependencies: [goodState().firewall.urn],
    };
    expect(broken(exportedWith(() => undefined, [second]))).toEqual([
      ["one-node-per-droplet", "agent a1: 2 of Droplet"],
    ]);
  });

  it("find an enrolment secret that is not encrypted, and do not show it", () => {
    const stdout = Buffer.alloc(32, 0xe7).toString("base64url");
    const step = (outputs: object) => ({
      ...{ type: "command:local:Command", id: "e", inputs: {}, outputs, parent: AGENT },
      urn: "urn:pulumi:dev::office-claws::office-claws:index:Agent$office-claws:index:EnrolmentSecret$command:local:Command::a1-enrolment",
    });
    const found = broken(exportedWith(() => undefined, [step({ stdout })]));
    expect(found).toEqual([["enrolment-secret", "what a1-enrolment printed is plain text in the state"]]);
    expect(broken(exportedWith(() => undefined, [step({ stdout: secret })]))).toEqual([]);
    expect(broken(exportedWith(() => undefined, [step({})]))).toEqual([]);
  });

  it("do not take the step that makes an enrolment secret for a second node, nor for the only one", () => {
    const step = (chain: string) => ({
      ...{ type: "command:local:Command", id: "e", inputs: {}, outputs: {}, parent: AGENT },
      urn: `urn:pulumi:dev::office-claws::${chain}$command:local:Command::a1-enrolment`,
    });
    const enrolment = step("office-claws:index:Agent$office-claws:index:EnrolmentSecret");
    expect(broken(exportedWith(() => undefined, [enrolment]))).toEqual([]);
    expect(broken(exportedWith((state) => (state.command.type = "x:y:Z"), [enrolment]))).toEqual([
      ["one-node-per-droplet", "agent a1: 0 of Command"],
    ]);
    expect(broken(exportedWith(() => undefined, [step("office-claws:index:Agent")]))).toEqual([
      ["one-node-per-droplet", "agent a1: 2 of Command"],
    ]);
  });

  it("that throw count as broken", () => {
    const rule = {
      id: "x",
      must: "y",
      findBreaks: () => {
        throw new Error("bug");
      },
    };
    expect(checkRules([rule], [])).toEqual([
      { rule: "x", must: "y", result: "broken", breaks: ["the rule could not be checked"] },
    ]);
  });
});

describe("claws audit", () => {
  it.each([
    [0, () => undefined],
    [4, ({ key }: ReturnType<typeof goodState>) => (key.inputs["reusable"] = true)],
  ])("exits %d", async (expected, change) => {
    const { root, environment } = await makeProject(folder());
    const stack = fakeStack({ exportState: () => Promise.resolve(exportedWith(change)) });
    const run = await runClaws(["audit"], {
      environment,
      workingDirectory: root,
      openStack: () => Promise.resolve(stack),
    });
    expect(run.exitCode).toBe(expected);
    expect(run.stdout).toContain(`auth-key-one-off      ${expected === 0 ? "holds" : "broken"}`);
    expect(run.stderr).toContain("claws: 6 resources checked against 7 rules\n");
  });

  it.each([
    [
      "an empty stack",
      { version: 3, deployment: { manifest: {} } },
      0,
      "claws: warning: 0 resources checked: the stack is empty, so this says nothing about any agent\n",
    ],
    [
      "a state of an unknown form",
      { version: 9, deployment: { resources: [] } },
      1,
      "claws: error: cannot read the stack's exported state: it has version 9\n",
    ],
  ])("says of %s that nothing was checked", async (_, exported, expected, said) => {
    const { root, environment } = await makeProject(folder());
    const stack = fakeStack({ exportState: () => Promise.resolve(exported) });
    const given = { environment, workingDirectory: root, openStack: () => Promise.resolve(stack) };
    const { exitCode, stderr } = await runClaws(["audit"], given);
    expect(exitCode).toBe(expected);
    expect(stderr).toContain(said);
  });
});

describe("the text of a key in the state", () => {
  it.each([
    ["Google's newer kind", `AQ.Ab8RN6${"xY1_-".repeat(8)}`],
    ["Google's newer kind in a line of settings", `key=AQ.Ab8RN6${"xY1_-".repeat(8)}`],
    ["Perplexity's", `pplx-${"aB3d".repeat(12)}`],
    ["Replicate's", `r8_${"aB3d".repeat(9)}x`],
    ["ElevenLabs'", `sk_${"0a1b".repeat(12)}`],
    ["NVIDIA's", `nvapi-${"aB3d".repeat(16)}`],
    ["LangSmith's", `lsv2_pt_${"0a".repeat(16)}_${"0a".repeat(5)}`],
    ["Together's", `tgp_v1_${"aB3d".repeat(10)}`],
    ["Cerebras'", `csk-${"a1b2".repeat(12)}`],
    ["GitHub's", `ghp_${"aB3d".repeat(9)}`],
    ["Slack's", "xoxb-1234567890-canary"],
    ["AWS's", "AKIACANARYCANARY1234"],
  ])("is found: %s", (_, key) => {
    const state = exportedWith(({ command }) => (command.inputs["environment"] = { X: `before ${key}` }));
    expect(broken(state).map(([rule]) => rule)).toEqual(["no-secret-text"]);
  });

  it.each([
    "FAQ.a-long-anchor-in-a-page-somewhere",
    "https://x.example/AQ.",
    "task_0123456789abcdef",
    "r8_short",
    "xapp",
  ])("is not seen in %j", (text) => {
    expect(broken(exportedWith(({ vpc }) => (vpc.inputs["description"] = text)))).toEqual([]);
  });
});
