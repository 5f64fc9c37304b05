// SPDX-License-Identifier: Apache-2.0
// claws watch with real daemons, a real vault and a stack in memory. Each round is made by the test.
import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { Encrypter } from "age-encryption";
import { generateIdentity } from "../../../cli/ageFile.ts";
import type { Effects } from "../../../cli/effects.ts";
import { failure } from "../../../cli/errors.ts";
import { withNewVersion } from "../../../cli/keyEntry.ts";
import { operatorKeyOf } from "../../../cli/operatorKey.ts";
import type { KnownAgents } from "../../../cli/stackOutputs.ts";
import { createVault, readVault, updateVault, type VaultAccess } from "../../../cli/vault.ts";
import { versionsOf } from "../../../cli/vaultDocument.ts";
import { openWantedKeys } from "../../../cli/watch/wantedKeys.ts";
import { AgentWatcher } from "../../../cli/watch/watchAgents.ts";
import type { WatchEvent } from "../../../cli/watch/watchEvent.ts";
import { Sensitive } from "../../../protocol/sensitive.ts";
import { fakeStack, knownAgent, reaching, tailnetWith } from "../../support/agentWorld.ts";
import { makeProject, runClaws, testEffects } from "../../support/cliHarness.ts";
import { failureOf } from "../../support/failureOf.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";
import { startTestDaemon, type TestDaemon } from "../../support/testDaemon.ts";
import { startTestOperator } from "../../support/testOperator.ts";

const folder = scratchFolder();
const CANARY = "sk-ant-canary-watch-1";
const owner = await generateIdentity();
const operator = operatorKeyOf(randomBytes(32));
const MINUTE = 60_000;

let daemons: TestDaemon[] = [];
let access: VaultAccess;
let root = "";
let now = 0;
let agents: KnownAgents;
let world: Partial<Effects>;
const events: WatchEvent[] = [];

async function startDaemon(options: Parameters<typeof startTestDaemon>[0] = {}): Promise<TestDaemon> {
  const daemon = await startTestDaemon(options);
  daemons.push(daemon);
  return daemon;
}

beforeEach(async () => {
  events.length = 0;
  // As the daemons, whose clock is the real one; from here on it stands still.
  now = Date.now();
  agents = new Map([["a1", knownAgent()]]);
  const project = await makeProject(folder());
  root = project.root;
  access = {
    path: join(root, "vault.age"),
    environment: { ...project.environment, CLAWS_AGE_KEY: owner.identity.reveal() },
  };
  const document = { recipients: [owner.recipient], keys: [], operator };
  await createVault(access.path, document, { identities: [owner.identity], source: "test" });
});
afterEach(async () => {
  await Promise.all(daemons.map(async (daemon) => await daemon.stop()));
  daemons = [];
});

async function store(name = "anthropic", { agent = "a1", value = CANARY } = {}): Promise<void> {
  const entry = { name, agent, value: Sensitive.from(value), created: "2026-11-23T12:00:00.000Z" };
  await updateVault(access, (document) => withNewVersion(document, entry, "none"));
}

/** A watcher of the agents, whose daemons are found where `lead` says. */
async function watcher(): Promise<AgentWatcher> {
  const wanted = await openWantedKeys(access);
  return new AgentWatcher(
    {
      stack: fakeStack({ enrolments: () => Promise.resolve(new Map()) }),
      agentsOf: () => Promise.resolve(agents),
      ...{ wanted, interval: 15_000, report: (event) => void events.push(event) },
    },
    testEffects({
      now: () => new Date(now),
      tailnetStatus: async () => await (world.tailnetStatus ?? unexpected)(),
      daemonAt: async (address) => await (world.daemonAt ?? unexpected)(address),
    }),
  );
}

function unexpected(): Promise<never> {
  return Promise.reject(new Error("the test did not lead anywhere"));
}

/** Makes a daemon the one that answers for the agent. */
function lead(nodes: Readonly<Record<string, TestDaemon>>): void {
  world = reaching(Object.fromEntries(Object.entries(nodes).map(([nodeId, daemon]) => [nodeId, daemon.url])));
}

/** A sealed daemon of the agent, and a watcher that finds it. */
async function watched(): Promise<{ readonly daemon: TestDaemon; readonly watch: AgentWatcher }> {
  const daemon = await startDaemon();
  lead({ nAGENT: daemon });
  return { daemon, watch: await watcher() };
}

/** The same with its key stored, after the round that opened it. */
async function opened(): Promise<{ readonly daemon: TestDaemon; readonly watch: AgentWatcher }> {
  await store();
  const pair = await watched();
  await pair.watch.round();
  expect(taken()).toEqual(["a1 reachable sealed", "a1 pushed anthropic"]);
  return pair;
}

async function stateOf(daemon: TestDaemon): Promise<unknown> {
  return ((await daemon.call("GET", "/v1/status")).body as { state: unknown }).state;
}

/** The events since the last call, without what repeats the test. */
function taken(): readonly string[] {
  const words = events.map(({ agent, event, key, detail }) => [agent, event, key, detail].filter(Boolean).join(" "));
  events.length = 0;
  expect(words.join()).not.toContain(CANARY);
  return words;
}

describe("a round of the watch", () => {
  it("opens a sealed agent and, as long as it stays so, does nothing more", async () => {
    await store();
    const { daemon, watch } = await watched();
    expect(await watch.round()).toEqual(new Map([["a1", true]]));
    expect(taken()).toEqual(["a1 reachable sealed", "a1 pushed anthropic"]);
    expect(await stateOf(daemon)).toBe("open");
    const before = (await daemon.audit()).filter(({ action }) => action !== "status").length;
    expect(await watch.round()).toEqual(new Map([["a1", true]]));
    expect(taken()).toEqual([]);
    expect((await daemon.audit()).filter(({ action }) => action !== "status")).toHaveLength(before);
  });

  it("opens it again after a restart", async () => {
    await store();
    const stateFolder = folder();
    const first = await startDaemon({ stateFolder });
    lead({ nAGENT: first });
    const watch = await watcher();
    await watch.round();
    await first.stop();
    daemons = [];
    expect(await watch.round()).toEqual(new Map([["a1", false]]));
    const second = await startDaemon({ stateFolder });
    lead({ nAGENT: second });
    expect(await watch.round()).toEqual(new Map([["a1", true]]));
    expect(taken()).toEqual([
      ...["a1 reachable sealed", "a1 pushed anthropic", "a1 unreachable connection refused"],
      ...["a1 restarted sealed", "a1 pushed anthropic"],
    ]);
    expect(await stateOf(second)).toBe("open");
  });

  it("pushes nothing that its owner revoked, tells why once, and does not press", async () => {
    const { daemon, watch } = await opened();
    expect((await daemon.call("POST", "/v1/keys/revoke", { name: "anthropic" })).status).toBe(200);
    taken();
    expect(await watch.round()).toEqual(new Map([["a1", false]]));
    expect(taken()).toEqual([expect.stringMatching(/^a1 failed anthropic version 1 was revoked on the agent/)]);
    const pushes = async (): Promise<number> =>
      (await daemon.audit()).filter(({ action, allowed }) => action === "put" && !allowed).length;
    const refused = await pushes();
    now += 29_000;
    await watch.round();
    expect(await pushes()).toBe(refused);
    now += 1000;
    await watch.round();
    expect(await pushes()).toBe(refused + 1);
    expect(taken()).toEqual([]);
    expect(await stateOf(daemon)).toBe("sealed");
  });

  it("cannot bring back over a restart what its owner revoked", async () => {
    await store();
    const stateFolder = folder();
    const first = await startDaemon({ stateFolder });
    lead({ nAGENT: first });
    const watch = await watcher();
    await watch.round();
    await first.call("POST", "/v1/keys/revoke", { name: "anthropic" });
    await first.stop();
    const second = await startDaemon({ stateFolder });
    daemons = [second];
    lead({ nAGENT: second });
    taken();
    expect(await watch.round()).toEqual(new Map([["a1", false]]));
    expect(taken()).toEqual([
      "a1 restarted sealed",
      expect.stringMatching(/^a1 failed anthropic version 1 was revoked on the agent/),
    ]);
    expect(await stateOf(second)).toBe("sealed");
  });

  it("renews a key of which less than a third of its time is left", async () => {
    const { daemon, watch } = await opened();
    const endOf = async (): Promise<number> => {
      const { body } = await daemon.call("GET", "/v1/status");
      return Date.parse(
        (body as { keys: { versions: { notAfter: string }[] }[] }).keys[0]?.versions[0]?.notAfter ?? "",
      );
    };
    const before = await endOf();
    now += 19 * 24 * 60 * MINUTE;
    await watch.round();
    expect({ events: taken(), end: await endOf() }).toEqual({ events: [], end: before });
    now += 2 * 24 * 60 * MINUTE;
    await watch.round();
    expect(taken()).toEqual(["a1 renewed anthropic"]);
    expect(await endOf()).toBeGreaterThan(before);
  });

  it("takes a key that was stored meanwhile, and the rest of the vault stays out of memory", async () => {
    const { watch } = await watched();
    expect(await watch.round()).toEqual(new Map([["a1", true]]));
    await store();
    await watch.round();
    expect(taken()).toEqual(["a1 reachable sealed", "changed the vault was read again", "a1 pushed anthropic"]);
    const wanted = await openWantedKeys(access);
    let kept: Sensitive | undefined;
    await wanted.withDocument((document) => {
      kept = document.keys[0]?.value;
      expect(kept?.reveal()).toBe(CANARY);
      return Promise.resolve();
    });
    expect(kept?.reveal()).toBe("\0".repeat(CANARY.length));
    expect(JSON.stringify(wanted.of("a1"))).toBe('[{"name":"anthropic","version":1,"notAfter":null}]');
  });

  it("leaves a version that was stored and not pushed to its owner, and the vault as it is", async () => {
    const { watch } = await opened();
    const entry = {
      name: "anthropic",
      agent: "a1",
      value: Sensitive.from("sk-2"),
      created: "2026-11-23T12:00:00.000Z",
    };
    await updateVault(access, (document) => withNewVersion(document, entry, "newest"));
    taken();
    await watch.round();
    expect(taken()).toEqual(["changed the vault was read again"]);
    expect(versionsOf(await readVault(access), "a1", "anthropic").map(({ version }) => version)).toEqual([1, 2]);
  });

  it("goes on with the keys of before when the vault cannot be read, and says so once", async () => {
    const { watch } = await opened();
    await writeFile(access.path, "half a mer");
    await watch.round();
    await watch.round();
    expect(taken()).toEqual([
      expect.stringMatching(/^trouble the keys of before are gone on with: cannot open the vault/),
    ]);
  });

  it("tells two troubles that go on together once each, and one that comes back after it was over once more", async () => {
    const daemon = await startDaemon();
    lead({ nAGENT: daemon });
    let isLocked = false;
    const known = agents;
    const agentsOf = () => (isLocked ? Promise.reject(failure("the state is locked")) : Promise.resolve(known));
    const report = (event: WatchEvent): void => void events.push(event);
    const watch = new AgentWatcher(
      { stack: fakeStack(), agentsOf, wanted: await openWantedKeys(access), interval: 15_000, report },
      testEffects({ now: () => new Date(now), ...world }),
    );
    const round = async (): Promise<void> => {
      now += 5 * MINUTE;
      await watch.round();
    };
    await round();
    taken();
    const whole = await readFile(access.path);
    const broken = expect.stringMatching(/^trouble the keys of before/) as unknown;
    const locked = "trouble the agents of before are gone on with: the state is locked";
    for (const told of [[broken, locked], []]) {
      isLocked = true;
      await writeFile(access.path, "half a mer");
      await round();
      expect(taken()).toEqual(told);
    }
    isLocked = false;
    await writeFile(access.path, whole);
    await round();
    expect(taken()).toEqual(["changed the vault was read again"]);
    isLocked = true;
    await writeFile(access.path, "half a mer");
    await round();
    expect(taken()).toEqual([broken, locked]);
  });

  it("serves the agents that answer although another does not", async () => {
    await store();
    await store("anthropic", { agent: "b2" });
    agents = new Map([
      ["b2", knownAgent({ nodeId: "nDEAD" })],
      ["a1", knownAgent()],
    ]);
    const daemon = await startDaemon();
    world = reaching({ nAGENT: daemon.url, nDEAD: "http://127.0.0.1:1" });
    expect(await (await watcher()).round()).toEqual(
      new Map([
        ["b2", false],
        ["a1", true],
      ]),
    );
    expect(await stateOf(daemon)).toBe("open");
  });

  it("pushes nothing to agents whose keys their owner's broker lends", async () => {
    await store();
    agents = new Map([["a1", knownAgent({ broker: "100.64.0.9:7441" })]]);
    world = { tailnetStatus: () => Promise.resolve(tailnetWith({ nAGENT: "100.64.0.1" })) };
    expect(await (await watcher()).round()).toEqual(new Map());
    expect(taken()).toEqual([]);
  });

  it("pushes nothing to a node that is not the one of the stack", async () => {
    await store();
    const daemon = await startDaemon();
    agents = new Map([["a1", knownAgent({ nodeId: "nOTHER" })]]);
    world = reaching({ nOTHER: daemon.url });
    await (await watcher()).round();
    expect(taken()).toEqual(["a1 unreachable another node answered: nAGENT"]);
    expect(await stateOf(daemon)).toBe("sealed");
  });

  it("reads the stack again every five minutes, and sooner when a node is missing", async () => {
    let reads = 0;
    const daemon = await startDaemon();
    lead({ nAGENT: daemon });
    const known = agents;
    const wanted = await openWantedKeys(access);
    const watch = new AgentWatcher(
      {
        stack: fakeStack(),
        agentsOf: () => {
          reads += 1;
          return reads === 3 ? Promise.reject(failure("the state is locked")) : Promise.resolve(known);
        },
        ...{ wanted, interval: 15_000, report: (event) => void events.push(event) },
      },
      testEffects({ now: () => new Date(now), ...world }),
    );
    const after = async (minutes: number): Promise<number> => {
      now += minutes * MINUTE;
      await watch.round();
      return reads;
    };
    expect([await after(0), await after(4), await after(1), await after(5), await after(5)]).toEqual([1, 1, 2, 3, 4]);
    expect(taken()).toEqual([
      "a1 reachable sealed",
      "trouble the agents of before are gone on with: the state is locked",
    ]);
  });
});

describe("sealed pushes", () => {
  it("are made by the watch as by keys push", async () => {
    const droplet = await startTestOperator();
    const own = operatorKeyOf(randomBytes(32));
    const facts = { ...droplet.facts, operatorKeys: [own.publicKey] };
    const daemon = await startDaemon({ stateFolder: droplet.stateFolder, facts });
    lead({ nAGENT: daemon });
    await store();
    await updateVault(access, (document) => ({ ...document, operator: own }));
    const sealed = new Map([["a1", knownAgent({ operatorKeys: [own.publicKey] })]]);
    const enrolments = new Map([["a1", Sensitive.from(droplet.enrolment)]]);
    const watch = new AgentWatcher(
      {
        stack: fakeStack({ enrolments: () => Promise.resolve(enrolments) }),
        agentsOf: () => Promise.resolve(sealed),
        wanted: await openWantedKeys(access),
        ...{ interval: 15_000, report: (event) => void events.push(event) },
      },
      testEffects({ now: () => new Date(now), ...world }),
    );
    expect(await watch.round()).toEqual(new Map([["a1", true]]));
    expect(taken()).toEqual(["a1 reachable sealed", "a1 pushed anthropic"]);
    expect((await daemon.audit()).map(({ action }) => action)).toContain("seal");
    await rm(droplet.stateFolder, { recursive: true, force: true });
  });
});

describe("claws watch --once", () => {
  async function once(given: Partial<Effects> = {}, words: readonly string[] = []) {
    const run = await runClaws(["watch", "--once", ...words], {
      ...{ environment: access.environment, workingDirectory: root },
      openStack: () => Promise.resolve(fakeStack({ outputs: () => Promise.resolve(agents) })),
      ...world,
      ...given,
    });
    expect(run.stdout + run.stderr).not.toContain(CANARY);
    return run;
  }

  it("opens what is sealed, ends with 0, and has nothing to say the next time but what it sees", async () => {
    await store();
    lead({ nAGENT: await startDaemon() });
    expect(await once({}, ["--json"])).toMatchObject({
      exitCode: 0,
      stdout: [
        '{"at":"2026-11-23T12:00:00.000Z","agent":"a1","event":"reachable","detail":"sealed"}',
        '{"at":"2026-11-23T12:00:00.000Z","agent":"a1","event":"pushed","key":"anthropic","version":1}',
        "",
      ].join("\n"),
    });
    expect(await once()).toMatchObject({ exitCode: 0, stdout: "2026-11-23T12:00:00.000Z a1: reachable: open\n" });
  });

  it("ends with 3 when an agent lacks a key", async () => {
    await store();
    world = reaching({ nAGENT: "http://127.0.0.1:1" });
    expect(await once()).toMatchObject({
      exitCode: 3,
      stdout: "2026-11-23T12:00:00.000Z a1: unreachable: connection refused\n",
    });
  });

  it("is not to be installed, and --interval must be one", async () => {
    expect(await once({}, ["--install"])).toMatchObject({
      ...{ exitCode: 2, stdout: "" },
      stderr: "claws: error: --once and --install exclude each other\nclaws: hint: cron runs claws watch --once\n",
    });
    expect((await once({}, ["--interval", "x"])).stderr).toContain("--interval must be a number of seconds");
  });

  it("ends with an error when the tailnet cannot be asked", async () => {
    const tailnetStatus = (): Promise<never> => Promise.reject(failure("tailscaled is away"));
    expect(await once({ tailnetStatus })).toMatchObject({
      ...{ exitCode: 1, stdout: "" },
      stderr: "claws: error: tailscaled is away\n",
    });
  });

  it("never asks a person: a vault that needs one is refused at the start", async () => {
    const readPassphrase = (): Promise<never> => Promise.reject(new Error("must not ask"));
    const encrypter = new Encrypter();
    encrypter.setScryptWorkFactor(10);
    encrypter.setPassphrase("correct horse");
    await rm(access.path);
    await writeFile(access.path, await encrypter.encrypt('{"officeClaws":1,"recipients":[],"keys":[]}'));
    await chmod(access.path, 0o600);
    const { exitCode, stderr } = await once({ readPassphrase });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("claws: error: cannot ask for the passphrase: no terminal");
  });
});

describe("the names of the keys", () => {
  it("are refused, with the vault's name, where there is no vault", async () => {
    await rm(access.path);
    expect((await failureOf(openWantedKeys(access))).message).toBe(`there is no vault at "${access.path}"`);
  });
});
