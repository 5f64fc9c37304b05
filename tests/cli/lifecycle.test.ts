// SPDX-License-Identifier: Apache-2.0
// up, preview, destroy and doctor with a stack in memory and the real daemon.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateIdentity } from "../../cli/ageFile.ts";
import type { CoveringFirewall } from "../../cli/digitalOcean.ts";
import type { Effects } from "../../cli/effects.ts";
import { Interrupted, UserError } from "../../cli/errors.ts";
import { findExposure, PROBED_PORTS } from "../../cli/exposure.ts";
import { withNewVersion } from "../../cli/keyEntry.ts";
import type { EngineRun } from "../../cli/stackTypes.ts";
import { createVault, updateVault } from "../../cli/vault.ts";
import { waitForDaemon } from "../../cli/waitForAgents.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import {
  cloudDroplet,
  emptyCloud,
  emptyTailscale,
  fakeStack,
  healthyCloud,
  knownAgent,
  reaching,
  tailnetWith,
} from "../support/agentWorld.ts";
import { makeProject, recordTerminal, runClaws } from "../support/cliHarness.ts";
import { scratchFolder, writeScript } from "../support/scratchFolder.ts";
import { startTestDaemon, type TestDaemon } from "../support/testDaemon.ts";

const folder = scratchFolder();
const CANARY = "sk-ant-canary-life";
const owner = await generateIdentity();
let daemon: TestDaemon;
let world: Partial<Effects>;
let root = "";
let environment: Record<string, string> = {};

beforeEach(async () => {
  daemon = await startTestDaemon();
  const project = await makeProject(folder());
  root = project.root;
  const pack = await writeScript(join(folder(), "pack"));
  environment = {
    ...project.environment,
    CLAWS_AGE_KEY: owner.identity.reveal(),
    CLAWS_POLICY_PACK: pack,
    DIGITALOCEAN_TOKEN: "t",
    TAILSCALE_API_KEY: "k",
    PULUMI_CONFIG_PASSPHRASE: "p",
  };
  world = {
    environment,
    workingDirectory: root,
    openStack: () => Promise.resolve(fakeStack()),
    digitalOcean: () => Promise.resolve(healthyCloud()),
    portAnswers: () => Promise.resolve(false),
    ...reaching({ nAGENT: daemon.url }),
  };
});
afterEach(() => daemon.stop());

async function storeKey(): Promise<void> {
  const path = join(root, "vault.age");
  await createVault(
    path,
    { recipients: [owner.recipient], keys: [] },
    { identities: [owner.identity], source: "test" },
  );
  const entry = { name: "anthropic", agent: "a1", value: Sensitive.from(CANARY), created: "2026-11-23T12:00:00.000Z" };
  await updateVault({ path, environment }, (document) => withNewVersion(document, entry, "none"));
}

async function claws(words: readonly string[], given: Partial<Effects> = {}) {
  const run = await runClaws(words, { ...world, ...given });
  expect(run.stdout + run.stderr).not.toContain(CANARY);
  return run;
}

async function state(): Promise<unknown> {
  return ((await daemon.call("GET", "/v1/status")).body as { state: unknown }).state;
}

describe("claws up", () => {
  it("runs the engine under the policy pack, checks the outside, pushes the keys and prints the agents", async () => {
    await storeKey();
    const runs: EngineRun[] = [];
    const stack = fakeStack({
      up: (run) => {
        runs.push(run);
        return Promise.resolve({ create: 9 });
      },
    });
    const { exitCode, stdout, stderr } = await claws(["up"], { openStack: () => Promise.resolve(stack) });
    expect(exitCode).toBe(0);
    expect(runs.map(({ policyPacks }) => policyPacks)).toEqual([[environment["CLAWS_POLICY_PACK"]]]);
    expect(stdout).toBe(
      "AGENT  DROPLET  NODE            STATE  KEYS\na1     101      a1.lab.example  open   anthropic v1 pushed\n",
    );
    expect(stderr).toContain("a1: checking that nothing answers from outside\na1: pushing keys\na1: open\n");
    expect(await state()).toBe("open");
  });

  it("without a vault leaves the agent sealed and says what to do", async () => {
    const { exitCode, stdout, stderr } = await claws(["up"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("sealed");
    expect(stderr).toContain(
      "no key for a1 in the vault: claws vault init, claws keys set NAME --agent AGENT, claws keys push",
    );
  });

  it("pushes no key to an agent that answers from outside", async () => {
    await storeKey();
    const { exitCode, stderr } = await claws(["up"], { portAnswers: (_, port) => Promise.resolve(port === 22) });
    expect(exitCode).toBe(3);
    expect(stderr).toContain("claws: error: a1: port 22 of 198.51.100.16 answers\n");
    expect(stderr).toContain("claws: error: a1: no key was pushed\n");
    expect(await state()).toBe("sealed");
  });

  it("prints JSON for a program", async () => {
    await storeKey();
    const { stdout } = await claws(["up", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      changes: {},
      agents: [{ agent: "a1", state: "open", problems: [], keys: [{ result: "pushed" }] }],
    });
  });

  it("does not start the engine when the vault cannot be opened", async () => {
    await writeFile(join(root, "vault.age"), "junk", { mode: 0o600 });
    const { exitCode, stderr } = await claws(["up"], {
      openStack: () => Promise.resolve(fakeStack({ up: () => Promise.reject(new Error("must not run")) })),
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("it is not an age file");
  });

  it("asks nothing, with --yes or without, as preview does", async () => {
    const ask = (): Promise<string> => Promise.reject(new Error("must not ask"));
    const terminal = { ...recordTerminal(), canAsk: true };
    for (const words of [["up"], ["up", "--yes"], ["preview"], ["preview", "--yes"]])
      expect((await claws(words, { ask, terminal })).exitCode).toBe(0);
  });

  it("passes a refusal by policy on as exit code 4", async () => {
    const refusal = new UserError("refused by policy: rule: text", [], 4);
    const { exitCode, stderr } = await claws(["up"], {
      openStack: () => Promise.resolve(fakeStack({ up: () => Promise.reject(refusal) })),
    });
    expect({ exitCode, error: stderr.split("\n")[1] }).toEqual({
      exitCode: 4,
      error: "claws: error: refused by policy: rule: text",
    });
  });

  it("when interrupted says what is done and what is not, and exits 130", async () => {
    const urn = "urn:pulumi:dev::office-claws::office-claws:index:Agent$digitalocean:index/droplet:Droplet::a1";
    const stack = fakeStack({
      up: ({ onEvent }) => {
        onEvent({ resourcePreEvent: { metadata: { urn, type: "digitalocean:index/droplet:Droplet", op: "create" } } });
        return Promise.reject(new Interrupted("stopped"));
      },
    });
    const { exitCode, stderr } = await claws(["up"], { openStack: () => Promise.resolve(stack) });
    expect(exitCode).toBe(130);
    expect(stderr).toContain(
      "claws: error: interrupted: the engine was asked to stop\n  done: nothing\n  unknown: a1: creating droplet\n  not done: nothing\n",
    );
  });
});

describe("the check from outside", () => {
  const firewall = (changes: Partial<CoveringFirewall> = {}): CoveringFirewall => ({
    ...{ id: "f", name: "fw", status: "succeeded", inboundRules: 0, pendingChanges: 0 },
    ...changes,
  });

  it("waits until the firewall is in effect, and tries every port", async () => {
    const answers = [firewall({ pendingChanges: 1 }), firewall({ status: "waiting" })];
    const ports: number[] = [];
    const cloud = healthyCloud({
      firewallsOf: () => Promise.resolve([answers.shift() ?? firewall()]),
    });
    const effects = {
      digitalOcean: () => Promise.resolve(cloud),
      portAnswers: (_: string, port: number) => {
        ports.push(port);
        return Promise.resolve(false);
      },
    };
    expect(await findExposure(knownAgent(), effects, { pause: 1 })).toEqual([]);
    expect(answers).toEqual([]);
    expect(ports).toEqual(PROBED_PORTS);
  });

  it.each([
    ["never in effect", [firewall({ pendingChanges: 1 })], "the firewall of droplet 101 is not in effect yet"],
    ["still being made", [firewall({ status: "waiting" })], "the firewall of droplet 101 is not in effect yet"],
    [
      "failed, with nothing pending",
      [firewall(), firewall({ name: "second", status: "failed" })],
      'DigitalOcean could not put firewall "second" of droplet 101 into effect',
    ],
    ["not there", [], "no firewall covers droplet 101"],
    ["open", [firewall(), firewall({ name: "other", inboundRules: 1 })], 'firewall "other" has inbound rules'],
  ])("finds a firewall that is %s", async (_, firewalls, problem) => {
    const effects = {
      digitalOcean: () => Promise.resolve(healthyCloud({ firewallsOf: () => Promise.resolve(firewalls) })),
      portAnswers: () => Promise.resolve(false),
    };
    expect(await findExposure(knownAgent(), effects, { attempts: 2, pause: 1 })).toEqual([problem]);
  });

  it("says so when there is no public address to try", async () => {
    const effects = {
      digitalOcean: () => Promise.resolve(healthyCloud()),
      portAnswers: () => Promise.reject(new Error("must not try")),
    };
    expect(await findExposure(knownAgent({ publicAddress: "" }), effects)).toEqual([
      "no port of droplet 101 was tried: the stack's outputs have no public address",
    ]);
  });

  it("waits for a node that the operator's tailscaled does not know yet", async () => {
    let asked = 0;
    const known = reaching({ nAGENT: daemon.url });
    const effects = {
      ...known,
      signal: new AbortController().signal,
      tailnetStatus: async () => (asked++ < 2 ? tailnetWith({}) : await known.tailnetStatus()),
    };
    expect(await waitForDaemon(knownAgent(), effects, { pause: 1 })).toMatchObject({ state: "sealed" });
    expect(asked).toBe(3);
    const never = { ...effects, tailnetStatus: () => Promise.resolve(tailnetWith({})) };
    expect(await waitForDaemon(knownAgent(), never, { patience: 5, pause: 1 })).toBe("no node nAGENT in the tailnet");
  });
});

describe("claws preview", () => {
  it("prints what would change", async () => {
    const urn = "urn:pulumi:dev::p::digitalocean:index/tag:Tag::a1-tag";
    const stack = fakeStack({
      preview: ({ onEvent }) => {
        onEvent({ resourcePreEvent: { metadata: { urn, type: "digitalocean:index/tag:Tag", op: "create" } } });
        onEvent({ resourcePreEvent: { metadata: { urn: `${urn}2`, type: "x", op: "same" } } });
        return Promise.resolve({ create: 1, same: 1 });
      },
    });
    const { exitCode, stdout, stderr } = await claws(["preview"], { openStack: () => Promise.resolve(stack) });
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: "CHANGE  TYPE                        NAME\ncreate  digitalocean:index/tag:Tag  a1-tag\n",
    });
    expect(stderr).toContain("claws: 1 to create, 1 unchanged\n");
  });
});

describe("claws destroy", () => {
  const agentUrn = "urn:pulumi:dev::office-claws::office-claws:index:Agent::a1";
  const child = (type: string, id: string, more: object = {}) => ({
    urn: `urn:pulumi:dev::office-claws::office-claws:index:Agent$${type}::a1`,
    type,
    id,
    parent: agentUrn,
    ...more,
  });
  const exported = {
    version: 3,
    deployment: {
      resources: [
        { urn: agentUrn, type: "office-claws:index:Agent" },
        child("digitalocean:index/droplet:Droplet", "101"),
        child("digitalocean:index/firewall:Firewall", "fw-1"),
        child("digitalocean:index/vpc:Vpc", "vpc-1"),
        child("digitalocean:index/tag:Tag", "claws-a1"),
        child("tailscale:index/tailnetKey:TailnetKey", "k-1", { inputs: { tags: ["tag:agent"] } }),
        child("command:local:Command", "cmd", {
          inputs: { environment: { CLAWS_NODE_HOSTNAME: "a1", CLAWS_NODE_TAG: "tag:agent" } },
          outputs: { stdout: '{"nodeId":"nAGENT","nodeName":"a1.x"}' },
        }),
      ],
    },
  };
  let gone: Partial<Effects>;

  beforeEach(() => {
    gone = {
      openStack: () => Promise.resolve(fakeStack({ exportState: () => Promise.resolve(exported) })),
      digitalOcean: () => Promise.resolve(emptyCloud({ account: () => healthyCloud().account() })),
      tailscaleApi: () => Promise.resolve(emptyTailscale()),
    };
  });

  it("asks every plane again and prints a receipt", async () => {
    const { exitCode, stdout, stderr } = await claws(["destroy", "--yes"], gone);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      [
        "AGENT  WHAT                   ID            NOW",
        "a1     VPC                    vpc-1         gone",
        "a1     auth key               k-1           gone",
        "a1     droplet                101           gone",
        "a1     droplets with tag      claws-a1      gone",
        "a1     firewall               fw-1          gone",
        "a1     tag                    claws-a1      gone",
        "a1     tailnet node           nAGENT        gone",
        "a1     tailnet nodes by name  a1 tag:agent  gone",
        "",
      ].join("\n"),
    );
    expect(stderr).toContain("claws: nothing of stack dev is left (8 checks)\n");
  });

  it.each([
    [
      "a droplet",
      {
        digitalOcean: () =>
          Promise.resolve(
            emptyCloud({ account: () => healthyCloud().account(), dropletStatus: () => Promise.resolve("active") }),
          ),
      },
      "droplet 101",
    ],
    [
      "a droplet outside the state",
      {
        digitalOcean: () =>
          Promise.resolve(
            emptyCloud({ account: () => healthyCloud().account(), dropletsWithTag: () => Promise.resolve(["9"]) }),
          ),
      },
      "droplets with tag claws-a1",
    ],
    [
      "a node",
      { tailscaleApi: () => Promise.resolve(emptyTailscale({ deviceExists: () => Promise.resolve(true) })) },
      "tailnet node nAGENT",
    ],
    [
      "a key that still works",
      { tailscaleApi: () => Promise.resolve(emptyTailscale({ authKeyUsable: () => Promise.resolve(true) })) },
      "auth key k-1",
    ],
  ])("exits 1 and names it when %s is left", async (_, given, name) => {
    const { exitCode, stdout, stderr } = await claws(["destroy", "--yes", "--json"], { ...gone, ...given });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`claws: error: still there: ${name}\n`);
    const { receipt } = JSON.parse(stdout) as { receipt: { left: boolean }[] };
    expect(receipt.filter(({ left }) => left)).toHaveLength(1);
  });

  const isNot = (type: string) => (one: { type: string }) => one.type !== type;
  const { resources } = exported.deployment;
  const withoutCommand = resources.filter(isNot("command:local:Command"));
  const withoutDroplet = withoutCommand.filter(isNot("digitalocean:index/droplet:Droplet"));
  const withoutKey = withoutCommand.filter(isNot("tailscale:index/tailnetKey:TailnetKey"));
  const madeJustNow = { type: "creating", resource: child("digitalocean:index/droplet:Droplet", "") };

  it.each([
    ["recorded another node", { resources }, "a1 tag:agent (nX)"],
    [
      "never recorded the node",
      { resources: resources.map((one) => (isNot("command:local:Command")(one) ? one : { ...one, outputs: {} })) },
      "a1 tag:agent (nX)",
    ],
    ["failed before the node had joined", { resources: withoutCommand }, "a1 tag:agent (nX)"],
    ["failed before the droplet was in the state", { resources: withoutDroplet }, "a1 tag:agent (nX)"],
    [
      "was cut short while it made the droplet",
      { resources: [resources[0]], pending_operations: [madeJustNow] },
      "a1 with any tag (nX, nZ)",
    ],
    ["no longer has the key", { resources: withoutKey }, "a1 with any tag (nX, nZ)"],
  ])("finds the node by its name when the update %s", async (_, deployment, found) => {
    const devices = [
      { nodeId: "nX", hostname: "a1", tags: ["tag:agent"] },
      { nodeId: "nY", hostname: "a1", tags: [] },
      { nodeId: "nZ", hostname: "a1", tags: ["tag:ci"] },
      { nodeId: "nO", hostname: "a2", tags: ["tag:agent"] },
    ];
    const { exitCode, stderr } = await claws(["destroy", "--yes"], {
      ...gone,
      openStack: () => Promise.resolve(fakeStack({ exportState: () => Promise.resolve({ version: 3, deployment }) })),
      tailscaleApi: () => Promise.resolve(emptyTailscale({ devices: () => Promise.resolve(devices) })),
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`claws: error: still there: tailnet nodes by name ${found}\n`);
    expect(stderr).toContain("claws: hint: remove the tailnet nodes at https://login.tailscale.com/admin/machines");
  });

  it("asks about the tag, and nothing by an empty ID, when the tag itself was being made", async () => {
    const resource = child("digitalocean:index/tag:Tag", "", { inputs: { name: "claws-a1" } });
    const deployment = { resources: [resources[0]], pending_operations: [{ type: "creating", resource }] };
    const asked: string[] = [];
    const cloud = emptyCloud({
      account: () => healthyCloud().account(),
      tagExists: (name) => Promise.resolve(asked.push(name) < 0),
    });
    const { exitCode, stdout } = await claws(["destroy", "--yes"], {
      ...gone,
      openStack: () => Promise.resolve(fakeStack({ exportState: () => Promise.resolve({ version: 3, deployment }) })),
      digitalOcean: () => Promise.resolve(cloud),
    });
    expect({ exitCode, asked }).toEqual({ exitCode: 0, asked: ["claws-a1"] });
    expect(stdout).toContain("a1     droplets with tag  claws-a1  gone\n");
  });

  it("fails when something bears the stack's name that was in no state, and only names what bears the agents' tag", async () => {
    const orphan = cloudDroplet({ id: "777", name: "a9", tags: ["claws-office-claws-dev-a9"] });
    const device = { nodeId: "nX", hostname: "a9", tags: ["tag:agent"] };
    const tailscaleApi = () => Promise.resolve(emptyTailscale({ devices: () => Promise.resolve([device]) }));
    const only = await claws(["destroy", "--yes", "--json"], { ...gone, tailscaleApi });
    expect(only.exitCode).toBe(0);
    expect(only.stderr).toContain(
      "claws: with the agents' tag, and in no stack of this project: tailnet node nX (a9); nothing was done to them\n",
    );
    expect(JSON.parse(only.stdout)).toMatchObject({
      orphans: [{ plane: "tailnet node", id: "nX", name: "a9", isOfThisStack: false }],
    });
    const cloud = emptyCloud({ account: () => healthyCloud().account(), droplets: () => Promise.resolve([orphan]) });
    const { exitCode, stderr } = await claws(["destroy", "--yes"], {
      ...gone,
      digitalOcean: () => Promise.resolve(cloud),
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      "claws: error: there, and in no state: droplet 777 (a9)\nclaws: hint: they bear this stack's name",
    );
  });

  it("says when it could not look for what no stack knows, and still prints the receipt", async () => {
    const droplets = () => Promise.reject(new UserError("no scope"));
    const cloud = emptyCloud({ account: () => healthyCloud().account(), droplets });
    const { exitCode, stdout, stderr } = await claws(["destroy", "--yes"], {
      ...gone,
      digitalOcean: () => Promise.resolve(cloud),
    });
    expect({ exitCode, rows: stdout.split("\n").length }).toEqual({ exitCode: 0, rows: 10 });
    expect(stderr).toContain("claws: the search for what no stack knows is not complete: no scope\n");
  });

  it("does not destroy a stack whose state it cannot read", async () => {
    const stack = fakeStack({
      exportState: () => Promise.resolve({ version: 9, deployment: {} }),
      destroy: () => Promise.reject(new Error("must not run")),
    });
    const { exitCode, stderr } = await claws(["destroy", "--yes"], {
      ...gone,
      openStack: () => Promise.resolve(stack),
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("claws: error: cannot read the stack's exported state: it has version 9\n");
    expect(stderr).not.toContain("was empty");
  });

  it("needs the stack's name typed when a person sits there", async () => {
    const asking = recordTerminal({ canAsk: true });
    const destroyed: string[] = [];
    const stack = fakeStack({
      destroy: () => {
        destroyed.push("dev");
        return Promise.resolve({});
      },
    });
    const given = { ...gone, terminal: asking, openStack: () => Promise.resolve(stack) };
    expect((await claws(["destroy"], { ...given, ask: () => Promise.resolve("prod") })).exitCode).toBe(2);
    expect(destroyed).toEqual([]);
    expect((await claws(["destroy"], { ...given, ask: () => Promise.resolve("dev\n") })).exitCode).toBe(0);
    expect(destroyed).toEqual(["dev"]);
  });
});

describe("claws doctor", () => {
  it("finds each fault with its fix and exits 1", async () => {
    await mkdir(join(folder(), "empty"));
    const { exitCode, stdout, stderr } = await claws(["doctor", "--json"], {
      environment: { HOME: join(folder(), "empty"), PATH: "/nonexistent" },
      digitalOcean: () => Promise.reject(new UserError("DIGITALOCEAN_TOKEN is not set", ["export it"])),
      tailscaleApi: () => Promise.resolve(emptyTailscale()),
      tailnetStatus: () => Promise.resolve({ ...tailnetWith({}), tun: false }),
      serverClock: () => Promise.resolve({ ahead: 0 }),
    });
    expect(exitCode).toBe(1);
    const faults = (JSON.parse(stdout) as { check: string; level: string }[])
      .filter(({ level }) => level === "fault")
      .map(({ check }) => check);
    expect(faults).toEqual([
      ...["node", "pulumi", "passphrase", "DigitalOcean", "tailscaled", "identity", "vault", "a1"],
    ]);
    expect(stderr).toContain("claws: hint: DigitalOcean: export it\n");
  });
});
