// SPDX-License-Identifier: Apache-2.0
// claws status with a stack in memory and the real daemon.
import type { AgentStatus } from "../../cli/agentStatus.ts";
import type { DigitalOcean } from "../../cli/digitalOcean.ts";
import type { Effects } from "../../cli/effects.ts";
import { UserError } from "../../cli/errors.ts";
import type { Stack } from "../../cli/stackTypes.ts";
import {
  cloudDroplet,
  cloudFirewall,
  cloudImage,
  exportedState,
  fakeStack,
  healthyCloud,
  knownAgent,
  reaching,
  tailnetWith,
} from "../support/agentWorld.ts";
import { makeProject, runClaws } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { startTestDaemon, type TestDaemon } from "../support/testDaemon.ts";

const folder = scratchFolder();
const CANARY = "sk-ant-canary-status";
let daemon: TestDaemon;
let world: Partial<Effects>;

beforeEach(async () => {
  daemon = await startTestDaemon();
  const { root, environment } = await makeProject(folder());
  world = {
    ...{ environment, workingDirectory: root },
    now: () => new Date("2026-11-23T12:00:00Z"),
    openStack: stackWith({}),
    digitalOcean: () => Promise.resolve(healthyCloud()),
    ...reaching({ nAGENT: daemon.url }),
  };
});
afterEach(() => daemon.stop());

function stackWith(given: Partial<Stack>): Effects["openStack"] {
  return () => Promise.resolve(fakeStack({ exportState: () => Promise.resolve(exportedState()), ...given }));
}

function cloudWith(given: Partial<DigitalOcean>): Partial<Effects> {
  return { digitalOcean: () => Promise.resolve(healthyCloud(given)) };
}

async function status(given: Partial<Effects> = {}, words: readonly string[] = []) {
  const run = await runClaws(["status", ...words], { ...world, ...given });
  expect(run.stdout + run.stderr).not.toContain(CANARY);
  expect(run.exitCode).toBe(0);
  return run;
}

async function statusOf(given: Partial<Effects> = {}): Promise<AgentStatus> {
  const [one, ...others] = JSON.parse((await status(given, ["--json"])).stdout) as AgentStatus[];
  if (one === undefined || others.length > 0) throw new Error("the stack has one agent");
  return one;
}

async function putKey(terms: object = {}): Promise<void> {
  const put = { name: "anthropic", provider: "anthropic", version: 3, value: CANARY, ...terms };
  expect((await daemon.call("POST", "/v1/keys/put", put)).status).toBe(200);
}

describe("claws status", () => {
  it("shows state, node, droplet, cost, drift and image of each agent", async () => {
    const { stdout, stderr } = await status();
    expect(stdout).toBe(
      [
        "AGENT  STATE   NODE    DROPLET  SIZE         REGION  AGE   TTL  $/MONTH  DRIFT",
        "a1     sealed  online  active   s-1vcpu-1gb  nyc3    12 d  -    $6.00    none",
        "",
        "AGENT  SO FAR  DROPLET ID  IMAGE  IMAGE AGE  NEWER  RELEASE",
        "a1     $2.57   101         42     22 d       none   0.1.0",
        "",
      ].join("\n"),
    );
    expect(stderr.split("\n").slice(1)).toEqual(["claws: a1: sealed, holds no key: claws keys push", ""]);
  });

  it("shows each key's age, when it expires, what it may spend and what it has spent today", async () => {
    await putKey({ notAfter: "2026-12-06T00:00:00Z", limits: { requestsPerDay: 5 } });
    const { stdout } = await status();
    expect(stdout).toMatch(/^a1 +open +online /m);
    expect(stdout).toMatch(/^AGENT {2}KEY {8}VERSION {2}AGE +EXPIRES {2}REQUESTS TODAY {2}TOKENS TODAY$/m);
    expect(stdout).toMatch(/^a1 {5}anthropic {2}3 +\S+ \S+ +12 d +0 of 5 +not counted$/m);
  });

  it("gives a program all of it, in a form that stays", async () => {
    await putKey({ notAfter: "2030-01-31T00:00:00Z", limits: { requestsPerDay: 5 } });
    const ttl = { ttlHours: 300 };
    const openStack = stackWith({ outputs: () => Promise.resolve(new Map([["a1", knownAgent(ttl)]])) });
    const { stdout } = await status({ openStack }, ["--json"]);
    expect(JSON.parse(stdout)).toEqual([
      {
        ...{ agent: "a1", dropletId: "101", droplet: "active", size: "s-1vcpu-1gb", region: "nyc3" },
        createdAt: "2026-11-11T12:00:00Z",
        image: { id: "42", name: "office-claws-agent-20261101", createdAt: "2026-11-01T12:00:00Z", newer: null },
        price: { monthly: 6, hourly: 0.00893, accrued: 2.57184 },
        ttl: { hours: 300, endsAt: "2026-11-24T00:00:00.000Z", secondsLeft: 43_200 },
        ...{ drift: [], unchecked: [] },
        ...{ nodeId: "nAGENT", nodeName: "a1.lab.example", node: "online", address: "100.64.0.1" },
        ...{ bootId: daemon.bootId, state: "open", release: "0.1.0" },
        keys: [
          {
            ...{ name: "anthropic", provider: "anthropic", active: 3, limits: { requestsPerDay: 5 } },
            usage: expect.objectContaining({ requests: 0, tokens: 0 }),
            versions: [
              {
                ...{ version: 3, notAfter: "2030-01-31T00:00:00Z", underWay: 0 },
                ...{ fingerprint: expect.any(String), putAt: expect.any(String) },
              },
            ],
          },
        ],
        problems: [],
      },
    ]);
  });

  it("fits 80 columns for usual names, whatever the state", async () => {
    await putKey({ limits: { requestsPerDay: 100_000, tokensPerDay: 5_000_000 } });
    const name = "research-bot";
    const openStack = stackWith({
      outputs: () => Promise.resolve(new Map([[name, knownAgent({ ttlHours: 720, size: "s-2vcpu-4gb-intel" })]])),
    });
    const droplets = (): Promise<readonly ReturnType<typeof cloudDroplet>[]> =>
      Promise.resolve([cloudDroplet({ size: "s-2vcpu-4gb-intel", createdAt: "2025-01-01T00:00:00Z" })]);
    for (const given of [{}, { tailnetStatus: () => Promise.resolve(tailnetWith({})) }, cloudWith({ droplets })]) {
      const { stdout } = await status({ openStack, ...given });
      expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    }
  });

  it("names a newer image of the same kind and in the same region, and no other", async () => {
    const older = cloudImage({ id: "41", createdAt: "2026-10-01T00:00:00Z" });
    const elsewhere = cloudImage({ id: "50", createdAt: "2026-11-20T00:00:00Z", regions: ["ams3"] });
    const other = cloudImage({ id: "51", name: "database-20261120", createdAt: "2026-11-20T00:00:00Z" });
    const newer = cloudImage({
      ...{ id: "43", name: "office-claws-agent-20261120-101112", createdAt: "2026-11-20T00:00:00Z" },
    });
    const images = [cloudImage(), older, elsewhere, other];
    const without = cloudWith({ ownImages: () => Promise.resolve(images) });
    expect((await statusOf(without)).image).toMatchObject({ id: "42", newer: null });
    const { stdout, stderr } = await status(cloudWith({ ownImages: () => Promise.resolve([...images, newer]) }));
    expect(stdout).toMatch(/ 42 +22 d +43 +0\.1\.0$/m);
    expect(stderr).toContain("claws: a1: image 43 (office-claws-agent-20261120-101112) is newer than its own\n");
  });

  it("does not guess about an image that the account no longer has", async () => {
    expect((await statusOf(cloudWith({ ownImages: () => Promise.resolve([]) }))).image).toEqual({
      ...{ id: "42", name: "unknown", createdAt: "unknown", newer: "unknown" },
    });
  });
});

describe("claws status for many agents", () => {
  it("asks DigitalOcean three questions, as for one", async () => {
    const asked: string[] = [];
    const answer =
      <T>(name: string, list: readonly T[]) =>
      (): Promise<readonly T[]> => {
        asked.push(name);
        return Promise.resolve(list);
      };
    const names = Array.from({ length: 50 }, (_, index) => `a${index}`);
    const outputs = () => Promise.resolve(new Map(names.map((name) => [name, knownAgent({ nodeId: `n${name}` })])));
    const { stdout } = await status({
      openStack: stackWith({ outputs }),
      ...cloudWith({
        droplets: answer("droplets", [cloudDroplet()]),
        firewalls: answer("firewalls", [cloudFirewall()]),
        ownImages: answer("images", [cloudImage()]),
      }),
    });
    expect(asked.sort()).toEqual(["droplets", "firewalls", "images"]);
    expect(stdout.split("\n").filter((line) => /^a\d+ +unreachable +absent +active/.test(line))).toHaveLength(50);
  });
});

describe("claws status where something does not answer", () => {
  const refuse = (text: string) => (): Promise<never> => Promise.reject(new UserError(text));

  it("shows what it can, calls the rest unknown, and says why", async () => {
    const { stdout, stderr } = await status(
      {
        digitalOcean: refuse("DIGITALOCEAN_TOKEN is not set"),
        tailnetStatus: refuse("tailscaled is away"),
      },
      ["--json"],
    );
    expect(JSON.parse(stdout)).toMatchObject([
      {
        ...{ agent: "a1", droplet: "unknown", size: "unknown", region: "unknown", createdAt: "unknown" },
        ...{ image: "unknown", price: "unknown", ttl: "unknown", node: "unknown", state: "unreachable", keys: [] },
        ...{ drift: [], unchecked: ["droplet", "firewall", "node"], release: null },
      },
    ]);
    expect(stderr).toContain("claws: a1: DIGITALOCEAN_TOKEN is not set\nclaws: a1: tailscaled is away\n");
  });

  it("without DigitalOcean still shows the daemon, and does not say that nothing drifted", async () => {
    const { stdout } = await status({ digitalOcean: refuse("away") });
    expect(stdout).toMatch(/^a1 +sealed +online +unknown +unknown +unknown +unknown +unknown +unknown$/m);
    expect(stdout).toMatch(/DRIFT .*\n^a1 +unknown /m);
  });

  it.each([
    ["droplets", { droplet: "unknown", unchecked: ["droplet", "firewall"], problems: ["no scope"] }],
    ["firewalls", { droplet: "active", unchecked: ["firewall"], problems: ["no scope"] }],
    ["ownImages", { droplet: "active", unchecked: [], image: { id: "42", newer: "unknown" }, problems: ["no scope"] }],
  ])("that is only the list %s calls only what hangs on it unknown", async (list, expected) => {
    expect(await statusOf(cloudWith({ [list]: refuse("no scope") }))).toMatchObject(expected);
  });

  it("that is the state says that drift is unknown", async () => {
    const openStack = stackWith({ exportState: refuse("the state is locked") });
    expect(await statusOf({ openStack })).toMatchObject({
      ...{ droplet: "active", drift: [], unchecked: ["droplet"], problems: ["the state is locked"] },
    });
  });

  it("tells a droplet that is gone and a node that is absent", async () => {
    const given = {
      ...cloudWith({ droplets: () => Promise.resolve([]) }),
      tailnetStatus: () => Promise.resolve(tailnetWith({})),
    };
    expect(await statusOf(given)).toMatchObject({
      ...{ droplet: "gone", size: null, price: null, image: null, ttl: null, node: "absent", state: "unreachable" },
      drift: [
        { what: "droplet", wanted: "101", found: "gone" },
        { what: "node", wanted: "nAGENT", found: "not seen by this machine" },
      ],
    });
    const { stdout } = await status(given);
    expect(stdout).toMatch(/^a1 +unreachable +absent +gone +- +- +- /m);
    expect(stdout).toContain("droplet, node");
  });

  it("leaves at the first Ctrl-C", async () => {
    const interrupt = new AbortController();
    const openStack = (): Promise<never> => {
      interrupt.abort();
      return new Promise(() => undefined);
    };
    const run = await runClaws(["status"], { ...world, openStack, signal: interrupt.signal });
    expect(run).toMatchObject({
      exitCode: 130,
      stderr: expect.stringContaining("claws: error: interrupted: the command was left; it changes nothing\n"),
    });
  });
});

describe("drift since the last up", () => {
  const one = (what: string, wanted: string, found: string): object => ({ what, wanted, found });
  const droplets = (changes: object): Partial<DigitalOcean> => ({
    droplets: () => Promise.resolve([cloudDroplet(changes)]),
  });
  const firewalls = (...list: object[]): Partial<DigitalOcean> => ({
    firewalls: () => Promise.resolve(list.map((changes) => cloudFirewall(changes))),
  });

  it.each([
    ["its size", droplets({ size: "s-2vcpu-2gb" }), one("size", "s-1vcpu-1gb", "s-2vcpu-2gb")],
    ["its name", droplets({ name: "a1-old" }), one("name", "a1", "a1-old")],
    ["its image", droplets({ imageId: "43" }), one("image", "42", "43")],
    ["its region", droplets({ region: "ams3" }), one("region", "nyc3", "ams3")],
    ["its VPC", droplets({ vpcId: "vpc-9" }), one("VPC", "vpc-1", "vpc-9")],
    ["backups that are paid for", droplets({ features: ["backups"] }), one("backups", "off", "on")],
    ["an agent that measures", droplets({ features: ["monitoring"] }), one("monitoring", "off", "on")],
    ["an address that the rest does not know of", droplets({ features: ["ipv6"] }), one("ipv6", "off", "on")],
    [
      "a further tag",
      droplets({ tags: ["web", "claws-office-claws-dev-a1"] }),
      one("tags", "claws-office-claws-dev-a1", "claws-office-claws-dev-a1, web"),
    ],
    ["no firewall", firewalls(), one("firewall", "fw-1", "does not cover the droplet")],
    ["a firewall that is another's", firewalls({ id: "fw-2" }), one("firewall", "fw-1", "does not cover the droplet")],
    [
      "a second firewall that lets in, by the droplet's ID",
      firewalls({}, { id: "fw-2", name: "open", tags: [], dropletIds: ["101"], inboundRules: 2 }),
      one("inbound rules", "0", '2 in firewall "open"'),
    ],
    [
      "a firewall whose tag is written in capitals",
      firewalls({}, { id: "fw-2", name: "open", tags: ["CLAWS-office-claws-dev-a1"], inboundRules: 1 }),
      one("inbound rules", "0", '1 in firewall "open"'),
    ],
    ["a change under way", firewalls({ pendingChanges: 1 }), one("firewall", "in effect", '"fw" is not in effect yet')],
    ["a firewall that failed", firewalls({ status: "failed" }), one("firewall", "in effect", '"fw" failed')],
  ])("shows in %s", async (_, changes, drift) => {
    expect((await statusOf(cloudWith(changes))).drift).toEqual([drift]);
  });

  it("shows in backups that the update switched on and somebody off, and not where the service does not say", async () => {
    const openStack = stackWith({ exportState: () => Promise.resolve(exportedState({ backups: true })) });
    const without = await statusOf({ openStack, ...cloudWith(droplets({ features: [] })) });
    expect(without.drift).toEqual([one("backups", "on", "off")]);
    expect((await statusOf({ openStack, ...cloudWith(droplets({ features: null })) })).drift).toEqual([]);
  });

  it("shows in a lost tag as all that it leads to", async () => {
    const { drift } = await statusOf(cloudWith(droplets({ tags: [] })));
    expect(drift).toEqual([
      one("tags", "claws-office-claws-dev-a1", "none"),
      one("firewall", "fw-1", "does not cover the droplet"),
    ]);
  });

  it("shows in the node's tags", async () => {
    const seen = tailnetWith({ nAGENT: "100.64.0.1" });
    const peers = seen.peers.map((peer) => ({ ...peer, tags: ["tag:ci"] }));
    const { drift } = await statusOf({ tailnetStatus: () => Promise.resolve({ ...seen, peers }) });
    expect(drift).toEqual([one("node tags", "tag:agent", "tag:ci")]);
  });

  it("does not show in the order of tags, nor in what the update did not say", async () => {
    const openStack = stackWith({
      exportState: () => Promise.resolve(exportedState({ tags: ["b", "a"], name: undefined, vpcUuid: "" })),
      outputs: () => Promise.resolve(new Map([["a1", knownAgent()]])),
    });
    const given = cloudWith({ ...droplets({ tags: ["a", "b"] }), ...firewalls({ dropletIds: ["101"] }) });
    expect((await statusOf({ openStack, ...given })).drift).toEqual([]);
  });

  it("is told in words, with what to do", async () => {
    const { stdout, stderr } = await status(cloudWith(droplets({ size: "s-2vcpu-2gb" })));
    expect(stdout).toMatch(/ size$/m);
    expect(stderr).toContain(
      "claws: a1: size: s-2vcpu-2gb, and s-1vcpu-1gb at the last update\nclaws: what differs is put right by claws refresh and claws up\n",
    );
  });
});
