// SPDX-License-Identifier: Apache-2.0
// Each thing that claws doctor looks at: fine in one world, and at fault, with its fix, when that one thing is broken.
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { generateIdentity } from "../../cli/ageFile.ts";
import { runChecks, reportFindings, type Finding } from "../../cli/doctor.ts";
import { doctorChecks } from "../../cli/doctorChecks.ts";
import { checkPulumi } from "../../cli/doctor/programChecks.ts";
import type { Effects } from "../../cli/effects.ts";
import { ScopeMissing } from "../../cli/cloudReply.ts";
import { failure, UserError } from "../../cli/errors.ts";
import type { Stack } from "../../cli/stackTypes.ts";
import { createVault, updateVault } from "../../cli/vault.ts";
import { keysOf } from "../../cli/vaultPassphrase.ts";
import type { VaultKey } from "../../cli/vaultDocument.ts";
import { renderTailnetPolicy } from "../../cli/tailnetPolicy.ts";
import { CONTROL_CAPABILITY } from "../../protocol/constants.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import type { DaemonStatus } from "../../protocol/daemonStatus.ts";
import { emptyTailscale, fakeDaemon, fakeStack, healthyCloud, reaching, tailnetWith } from "../support/agentWorld.ts";
import { makeProject, recordTerminal, testEffects } from "../support/cliHarness.ts";
import { makeFakePulumi } from "../support/fakePulumi.ts";
import { scratchFolder, writeScript } from "../support/scratchFolder.ts";
import { startTestDaemon, type TestDaemon } from "../support/testDaemon.ts";

const folder = scratchFolder();
const owner = await generateIdentity();
let world: Partial<Effects>;
let environment: Record<string, string> = {};
let root = "";
let daemon: TestDaemon;
const key: VaultKey = {
  ...{ name: "anthropic", provider: "anthropic", agent: "a1", value: Sensitive.from("sk-ant-canary-doctor") },
  ...{ version: 1, created: "2026-11-23T12:00:00.000Z", notAfter: null },
};

beforeEach(async () => {
  daemon = await startTestDaemon();
  const put = { name: "anthropic", provider: "anthropic", version: 1, value: "sk-ant-canary-doctor" };
  await daemon.call("POST", "/v1/keys/put", put);
  const project = await makeProject(folder());
  root = project.root;
  const pulumi = await makeFakePulumi(join(folder(), "bin"), []);
  for (const name of ["pulumi-resource-digitalocean", "pulumi-resource-tailscale", "pulumi-resource-command", "ssh"]) {
    await writeFile(join(pulumi.folder, name), "#!/bin/sh\n");
    await chmod(join(pulumi.folder, name), 0o755);
  }
  const pack = await writeScript(join(folder(), "pack"));
  environment = {
    ...project.environment,
    PATH: `${pulumi.folder}:${project.environment["PATH"] ?? ""}`,
    CLAWS_POLICY_PACK: pack,
    CLAWS_AGE_KEY: owner.identity.reveal(),
    PULUMI_CONFIG_PASSPHRASE: "p",
  };
  await createVault(
    join(root, "vault.age"),
    { recipients: [owner.recipient], keys: [key] },
    { identities: [owner.identity], source: "test" },
  );
  world = {
    environment,
    workingDirectory: root,
    now: () => new Date("2026-11-23T12:00:00Z"),
    digitalOcean: () => Promise.resolve(healthyCloud()),
    tailscaleApi: () => Promise.resolve(emptyTailscale()),
    openStack: () => Promise.resolve(fakeStack()),
    serverClock: () => Promise.resolve({ ahead: 0 }),
    ...reaching({ nAGENT: daemon.url }),
  };
});
afterEach(() => daemon.stop());

async function examine(given: Partial<Effects> = {}, cwd?: string): Promise<readonly Finding[]> {
  const checks = await doctorChecks(testEffects({ ...world, ...given }), { cwd });
  // Node and swap are those of the machine that runs the tests.
  return await runChecks(checks.filter(({ title }) => title !== "node" && title !== "swap"));
}

type Told = Pick<Finding, "check" | "found" | "fix">;

async function ofLevel(level: Finding["level"], given: Partial<Effects>, cwd?: string): Promise<readonly Told[]> {
  const found = await examine(given, cwd);
  return found.filter((one) => one.level === level).map(({ check, found: text, fix }) => ({ check, found: text, fix }));
}

/** The findings that are faults; every test breaks one thing and must find no other. */
async function faults(given: Partial<Effects> = {}, cwd?: string): Promise<readonly Told[]> {
  return await ofLevel("fault", given, cwd);
}

async function warnings(given: Partial<Effects> = {}): Promise<readonly Told[]> {
  expect(await faults(given)).toEqual([]);
  return await ofLevel("warn", given);
}

function stackWith(given: Partial<Stack>): Partial<Effects> {
  return { openStack: () => Promise.resolve(fakeStack(given)) };
}

describe("where everything is right", () => {
  it("nothing is found, and each check says what it saw", async () => {
    const findings = await examine();
    expect(findings.filter(({ level }) => level !== "ok")).toEqual([]);
    const seen = Object.fromEntries(findings.map(({ check, found }) => [check, found]));
    expect(seen).toMatchObject({
      pulumi: "v3.259.0",
      "policy pack": environment["CLAWS_POLICY_PACK"],
      project: `${root}, stacks dev`,
      plugins: "digitalocean, tailscale, command",
      ssh: "is there",
      git: expect.stringMatching(/^git version /),
      DigitalOcean: "the token works, at most 10 droplets",
      "token scopes": "may read droplets, firewalls, tags, vpcs, images, sizes, volumes; writing was not tried",
      VPC: "nyc3: a default is there, so agents' VPCs can be removed",
      "Tailscale API": "answers, 0 devices",
      "OAuth scopes": "an API key may do all that its user may",
      "tailnet policy": "suits tag:agent",
      tailscaled: "running, 1 nodes in sight",
      "way to DigitalOcean": "answers",
      "way to Tailscale": "answers",
      clock: "within 0 s of the services' clocks",
      identity: "CLAWS_AGE_KEY",
      vault: `${join(root, "vault.age")}, 1 key for 1 recipient`,
      "keys and agents": "1 agents, a key for each",
      "keys' ends": "none within 10 days",
      a1: "answers, open",
    });
  });

  it("no check shows a secret", async () => {
    const text = JSON.stringify(await examine());
    expect(text).not.toContain(owner.identity.reveal());
    expect(text).not.toContain("AGE-SECRET-KEY");
    expect(text).not.toContain("canary");
  });
});

describe("where one thing is wrong", () => {
  it("the engine that is missing is found", async () => {
    // The machine may have an engine, too.
    const folders = (environment["PATH"] ?? "").split(delimiter);
    const PATH = folders.filter((one) => !existsSync(join(one, "pulumi"))).join(delimiter);
    const [fault, ...others] = await faults({ environment: { ...environment, PATH } });
    expect(others).toEqual([]);
    expect(fault).toEqual({
      check: "pulumi",
      found: "cannot run pulumi: it is not on the PATH",
      fix: ["install Pulumi, or run npm run toolchain", "claws doctor"],
    });
  });

  it("the policy pack that is not executable is found", async () => {
    await chmod(environment["CLAWS_POLICY_PACK"] ?? "", 0o644);
    const pack = environment["CLAWS_POLICY_PACK"] ?? "";
    expect(await faults()).toEqual([
      {
        check: "policy pack",
        found: `cannot use the policy pack "${pack}": it is not there or not executable`,
        fix: ["CLAWS_POLICY_PACK names it"],
      },
    ]);
  });

  it("the project without a stack is found", async () => {
    await rm(join(root, "stacks", "Pulumi.dev.yaml"));
    expect(await faults()).toEqual([
      {
        check: "project",
        found: `"${join(root, "stacks")}" has no file Pulumi.<stack>.yaml`,
        fix: ["list your agents in one, as the README shows"],
      },
    ]);
  });

  it("the folder without a project is found, and the vault with it", async () => {
    const empty = join(folder(), "empty");
    await mkdir(empty);
    const found = await faults({}, empty);
    expect(found.map(({ check }) => check)).toEqual(["project", "vault"]);
    for (const { found: text } of found) expect(text).toBe(`no Pulumi.yaml in "${empty}"`);
  });

  it.each([
    ["missing", { PULUMI_CONFIG_PASSPHRASE: "" }, "PULUMI_CONFIG_PASSPHRASE is not set or empty"],
    [
      "in a file that is not there",
      { PULUMI_CONFIG_PASSPHRASE: "", PULUMI_CONFIG_PASSPHRASE_FILE: "/nonexistent/p" },
      "/nonexistent/p",
    ],
  ])("the passphrase that is %s is found", async (_, changes, text) => {
    const found = await faults({ environment: { ...environment, ...changes } });
    expect(found.map(({ check }) => check)).toEqual(["passphrase"]);
    expect(found[0]?.found).toContain(text);
  });

  it.each([
    [
      "a locked account",
      () => Promise.resolve(healthyCloud({ account: () => Promise.resolve({ status: "locked", dropletLimit: 0 }) })),
      {
        check: "DigitalOcean",
        found: 'the account is "locked"',
        fix: ["look at the account in DigitalOcean's console"],
      },
    ],
    [
      "no token",
      () => Promise.reject(new UserError("DIGITALOCEAN_TOKEN is not set", ["export it"])),
      { check: "DigitalOcean", found: "DIGITALOCEAN_TOKEN is not set", fix: ["export it"] },
    ],
  ])("DigitalOcean with %s is found", async (_, digitalOcean, fault) => {
    expect(await faults({ digitalOcean })).toEqual([fault]);
  });

  it("the Tailscale API that does not answer is found", async () => {
    const devices = (): Promise<never> =>
      Promise.reject(failure("Tailscale says there were too many requests", "wait"));
    expect(await faults({ tailscaleApi: () => Promise.resolve(emptyTailscale({ devices })) })).toEqual([
      { check: "Tailscale API", found: "Tailscale says there were too many requests", fix: ["wait"] },
    ]);
  });

  it.each([
    ["stopped", { backendState: "Stopped" }, "is in state Stopped", "tailscale up"],
    [
      "in userspace",
      { tun: false },
      "uses userspace networking, so this machine cannot open connections to agents",
      "start tailscaled without --tun=userspace-networking",
    ],
  ])("the tailscaled that is %s is found", async (_, changes, found, fix) => {
    const none = stackWith({ outputs: () => Promise.resolve(new Map()) });
    const tailnetStatus: Effects["tailnetStatus"] = () => Promise.resolve({ ...tailnetWith({}), ...changes });
    expect(await faults({ ...none, tailnetStatus })).toEqual([{ check: "tailscaled", found, fix: [fix] }]);
  });

  it("the identity that is missing is found, and the vault with it", async () => {
    const found = await faults({ environment: { ...environment, CLAWS_AGE_KEY: "" } });
    expect(found.map(({ check }) => check)).toEqual(["identity", "vault"]);
    expect(found[0]).toMatchObject({
      found: "no age identity was found",
      fix: ["claws vault init makes one, or name yours with CLAWS_AGE_KEY_FILE"],
    });
  });

  it("an identity that is not there is none where a passphrase opens the vault", async () => {
    const path = join(root, "vault.age");
    await rm(path);
    await createVault(path, { recipients: [], keys: [key] }, keysOf(Sensitive.from("a passphrase of a test"), "test"));
    const opened = { ...environment, CLAWS_AGE_KEY: "", CLAWS_VAULT_PASSPHRASE_CMD: "echo a passphrase of a test" };
    expect(await faults({ environment: opened })).toEqual([]);
    const wrong = { ...opened, CLAWS_VAULT_PASSPHRASE_CMD: "echo another" };
    expect((await faults({ environment: wrong })).map(({ check }) => check)).toEqual(["identity", "vault"]);
  });

  it("the identity of somebody else is found by the vault", async () => {
    const { identity } = await generateIdentity();
    const found = await faults({ environment: { ...environment, CLAWS_AGE_KEY: identity.reveal() } });
    expect(found.map(({ check }) => check)).toEqual(["vault"]);
    expect(found[0]?.found).toBe(
      `cannot open the vault "${join(root, "vault.age")}": no identity matches its recipients`,
    );
    expect(found[0]?.fix).toContain("identity used: CLAWS_AGE_KEY");
  });

  it("the vault that is missing is found with the command that makes it", async () => {
    await rm(join(root, "vault.age"));
    expect(await faults()).toEqual([
      {
        check: "vault",
        found: `there is no vault at "${join(root, "vault.age")}"`,
        fix: ["make one: claws vault init"],
      },
    ]);
  });

  it("the clock that is years behind is found", async () => {
    expect(await faults({ now: () => new Date("1970-01-01T00:00:00Z") })).toEqual([
      {
        check: "clock",
        found: "says 1970-01-01T00:00:00.000Z",
        fix: ["set it: with a wrong clock, TLS and the short life of auth keys fail"],
      },
    ]);
  });

  it.each([
    [120, "is 120 s ahead of the services' clocks"],
    [-61, "is 61 s behind the services' clocks"],
  ])("the clock that is %d s off is found by those of the services", async (ahead, found) => {
    const serverClock: Effects["serverClock"] = ({ host }) =>
      Promise.resolve({ ahead: host === "api.tailscale.com" ? ahead : 1 });
    expect(await faults({ serverClock })).toMatchObject([{ check: "clock", found }]);
  });

  it("the service that cannot be reached is found, and the clock is compared with the other", async () => {
    const serverClock: Effects["serverClock"] = ({ origin, host }) =>
      host === "api.tailscale.com"
        ? Promise.reject(failure(`cannot reach ${origin}: connection refused`))
        : Promise.resolve({ ahead: 2 });
    expect(await faults({ serverClock })).toMatchObject([
      { check: "way to Tailscale", found: "cannot reach https://api.tailscale.com: connection refused" },
    ]);
    const clock = (await examine({ serverClock })).find(({ check }) => check === "clock");
    expect(clock?.found).toBe("within 2 s of the services' clocks");
  });

  it("the agent that does not answer is found", async () => {
    expect(await faults(reaching({ nAGENT: "http://127.0.0.1:1" }))).toMatchObject([
      { check: "a1", found: "port 7440 of its node does not answer: connection refused" },
    ]);
  });

  it.each([
    ["firewalls", "the token may not read firewalls", "make one with the scopes firewall as well"],
    ["vpcs", "the token may not read vpcs", "make one with the scopes vpc as well"],
  ])("the token that lacks the scope for %s is found", async (lacking, found, fix) => {
    const mayRead = (path: string): Promise<boolean> => Promise.resolve(path !== lacking);
    expect(await faults({ digitalOcean: () => Promise.resolve(healthyCloud({ mayRead })) })).toEqual([
      { check: "token scopes", found, fix: [fix] },
    ]);
  });

  it("the OAuth client that lacks a scope is found", async () => {
    const grantedScopes = () => Promise.resolve(["devices:core", "policy_file:read"]);
    expect(await faults({ tailscaleApi: () => Promise.resolve(emptyTailscale({ grantedScopes })) })).toEqual([
      {
        check: "OAuth scopes",
        found: "the OAuth client lacks auth_keys",
        fix: ["make a client with the scopes auth_keys and devices:core, and the agents' tag"],
      },
    ]);
  });

  it("the OAuth client whose scopes Tailscale does not tell is tried", async () => {
    const grantedScopes = () => Promise.resolve(undefined);
    const well = await examine({ tailscaleApi: () => Promise.resolve(emptyTailscale({ grantedScopes })) });
    expect(well.find(({ check }) => check === "OAuth scopes")).toMatchObject({
      level: "ok",
      found: "may read what auth_keys and devices:core are for; writing was not tried",
    });
    const authKeyUsable = () => Promise.reject(new ScopeMissing("Tailscale does not let", []));
    expect(
      await faults({ tailscaleApi: () => Promise.resolve(emptyTailscale({ grantedScopes, authKeyUsable })) }),
    ).toMatchObject([{ check: "OAuth scopes", found: "the OAuth client lacks auth_keys" }]);
  });

  it("the key that is over is found", async () => {
    await store({ ...key, notAfter: "2026-11-23T11:00:00Z" });
    expect(await faults()).toEqual([
      { check: "keys' ends", found: "over: anthropic of a1", fix: ["claws keys rotate anthropic --agent a1"] },
    ]);
  });

  it("a fault of claws itself is no finding", async () => {
    await expect(examine({ tailnetStatus: () => Promise.reject(new TypeError("ours")) })).rejects.toThrow("ours");
  });
});

async function store(...keys: readonly VaultKey[]): Promise<void> {
  await updateVault({ path: join(root, "vault.age"), environment }, (document) => ({ ...document, keys }));
}

describe("a tailnet policy", () => {
  const good = renderTailnetPolicy({ operators: ["op@lab.example"], tag: "tag:agent", broker: "100.64.0.9" });
  const [control] = good.grants;

  async function found(policy: unknown): Promise<unknown> {
    const tailscaleApi = () => Promise.resolve(emptyTailscale({ policy: () => Promise.resolve(policy) }));
    const [one, ...others] = (await examine({ tailscaleApi })).filter(({ level }) => level !== "ok");
    expect(others).toEqual([]);
    return one === undefined ? "well" : `${one.level}: ${one.found}`;
  }

  it.each([
    ["as claws shows it, with a way to the owner's broker", good, "well"],
    [
      "that is empty",
      {},
      expect.stringMatching(/^fault: nobody owns tag:agent, .*; no grant lets an operator control/),
    ],
    [
      "of a new tailnet",
      { ...good, grants: [control, { src: ["*"], dst: ["*"], ip: ["*"] }] },
      "fault: a grant lets *, agents too, reach *",
    ],
    [
      "that lets all tagged nodes reach others",
      { ...good, grants: [control, { src: ["autogroup:tagged"], dst: ["tag:db"], ip: ["5432"] }] },
      "fault: a grant lets autogroup:tagged, agents too, reach tag:db",
    ],
    [
      "that lets agents reach each other",
      { ...good, grants: [control, { src: ["tag:agent"], dst: ["tag:agent"], ip: ["tcp:80"] }] },
      "fault: a grant lets tag:agent reach tag:agent",
    ],
    [
      "that lets agents reach every port of the owner's machine",
      { ...good, grants: [control, { src: ["tag:agent"], dst: ["100.64.0.9"], ip: ["*"] }] },
      "fault: a grant lets tag:agent reach 100.64.0.9",
    ],
    [
      "with a rule of the old form",
      { ...good, acls: [{ action: "accept", src: ["tag:agent"], dst: ["10.0.0.1:22"] }] },
      "fault: a grant lets tag:agent reach 10.0.0.1:22",
    ],
    [
      "that lets nobody control agents",
      { ...good, grants: [{ ...control, app: { "other.example/cap": [{}] } }] },
      "fault: no grant lets an operator control tag:agent",
    ],
    ["without tests", { ...good, tests: [] }, "warn: no test proves that tag:agent reaches nobody"],
    [
      "whose capability is given for every node",
      { ...good, grants: [{ src: ["op@"], dst: ["*"], ip: ["*"], app: { [CONTROL_CAPABILITY]: [{}] } }] },
      "well",
    ],
  ])("%s is judged rightly", async (_, policy, expected) => {
    expect(await found(policy)).toEqual(expected);
  });

  it("that the credentials may not read is a warning with the scope", async () => {
    const policy = () => Promise.reject(new ScopeMissing("Tailscale does not let", []));
    const tailscaleApi = () => Promise.resolve(emptyTailscale({ policy }));
    expect(await warnings({ tailscaleApi })).toEqual([
      {
        check: "tailnet policy",
        found: "the credentials may not read it",
        fix: ["add the scope policy_file:read to have it checked"],
      },
    ]);
  });
});

describe("what works and is not as it should be", () => {
  it("is a sealed agent", async () => {
    await daemon.call("POST", "/v1/keys/revoke", { name: "anthropic" });
    expect(await warnings()).toEqual([
      { check: "a1", found: "answers, sealed: it holds no key", fix: ["claws keys push --agent a1"] },
    ]);
  });

  it("is a key for nobody and an agent without a key", async () => {
    await store({ ...key, agent: "old" });
    expect(await warnings()).toEqual([
      {
        check: "keys and agents",
        found: "keys for old, which the stack does not have; no key for a1",
        fix: ["another stack may have them; claws keys remove drops those of nobody", "claws keys set NAME --agent a1"],
      },
    ]);
  });

  it("is a key that ends soon", async () => {
    await store({ ...key, notAfter: "2026-11-28T12:00:00Z" });
    expect(await warnings()).toEqual([
      { check: "keys' ends", found: "anthropic of a1 in 5 d", fix: ["claws keys rotate anthropic --agent a1"] },
    ]);
  });

  it("is a token that cannot read what status shows", async () => {
    const mayRead = (path: string): Promise<boolean> => Promise.resolve(path !== "images");
    expect(await warnings({ digitalOcean: () => Promise.resolve(healthyCloud({ mayRead })) })).toMatchObject([
      { check: "token scopes", found: "the token may not read images, which status, cost and destroy show" },
    ]);
  });

  it("is a region without a VPC, of the agents there are or of the stack's file", async () => {
    await writeFile(join(root, "stacks", "Pulumi.dev.yaml"), "config:\n  x:defaults: { region: ams3 }\n");
    expect(await warnings()).toEqual([
      {
        check: "VPC",
        found:
          "ams3: the account has no VPC there; the first that an update makes would become the region's default for ever",
        fix: ["make one before: doctl vpcs create --name default-ams3 --region ams3"],
      },
    ]);
  });

  it("is an agent's VPC that has become the default of its region", async () => {
    const vpcs = () => Promise.resolve([{ id: "vpc-1", name: "claws", region: "nyc3", isDefault: true }]);
    expect(await warnings({ digitalOcean: () => Promise.resolve(healthyCloud({ vpcs })) })).toMatchObject([
      { check: "VPC", found: "nyc3: an agent's VPC is the region's default, which destroy cannot remove" },
    ]);
  });

  it("is a plugin that the engine would fetch, and a fault where it must not", async () => {
    await rm(join(folder(), "bin", "pulumi-resource-command"));
    expect(await warnings()).toEqual([
      {
        check: "plugins",
        found: "command not installed yet: the engine fetches them with the first update",
        fix: ["pulumi plugin install resource command"],
      },
    ]);
    const offline = { ...environment, PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1" };
    expect(await faults({ environment: offline })).toMatchObject([{ check: "plugins" }]);
  });

  it("is that git or OpenSSH's client is missing, which not everybody needs", async () => {
    await rm(join(folder(), "bin", "ssh"));
    const found = await warnings({ environment: { ...environment, PATH: join(folder(), "bin") } });
    expect(found).toEqual([
      {
        check: "ssh",
        found: "is not on the PATH: claws ssh and claws logs need it",
        fix: ["install OpenSSH's client"],
      },
      {
        check: "git",
        found: "does not run: a vault in Git cannot be merged or compared",
        fix: ["install git"],
      },
    ]);
  });

  it("is what could not be looked at, beside the one fault that is the reason", async () => {
    const digitalOcean = () => Promise.reject(new UserError("DIGITALOCEAN_TOKEN is not set"));
    const findings = await examine({ digitalOcean });
    expect(findings.filter(({ level }) => level !== "ok")).toMatchObject([
      { check: "DigitalOcean", level: "fault" },
      { check: "token scopes", level: "warn", found: "not looked at: DIGITALOCEAN_TOKEN is not set", fix: [] },
      { check: "VPC", level: "warn", fix: [] },
    ]);
  });

  it("is not that there are no agents yet", async () => {
    await store();
    expect(await warnings(stackWith({ outputs: () => Promise.resolve(new Map()) }))).toEqual([]);
    const outputs = () => Promise.reject(new UserError("there is no such stack"));
    expect((await warnings(stackWith({ outputs }))).map(({ found }) => found)).toEqual([
      "not looked at: there is no such stack",
      "not looked at: there is no such stack",
    ]);
  });

  it("is a daemon of another release", async () => {
    const status = { ...((await daemon.call("GET", "/v1/status")).body as DaemonStatus), version: "0.0.9" };
    const daemonAt = () => Promise.resolve(fakeDaemon({ status: () => Promise.resolve(status) }));
    expect(await warnings({ daemonAt })).toMatchObject([
      { check: "a1", found: "answers, and its daemon has release 0.0.9 where this program has 0.1.0" },
    ]);
  });
});

describe("a version of the engine", () => {
  it.each([["v3.200.0"], ["v3.259.0"], ["v3.1000.1-dev"]])("%s will do", (version) => {
    expect(checkPulumi(version)).toBe(version);
  });

  it.each([["v3.199.9"], ["v2.300.0"], ["v4.0.0"], ["3.259.0"], [""], ["v3"], ["v3.x.0"]])("%j will not", (version) => {
    expect(() => checkPulumi(version)).toThrow("is not one of 3.200 or later");
  });
});

describe("the report of the findings", () => {
  const findings: readonly Finding[] = [
    { group: "vault", check: "vault", level: "fault", found: "there is none", fix: ["make one", "or name one"] },
    { group: "vault", check: "keys' ends", level: "warn", found: "soon", fix: ["rotate"] },
    { group: "project", check: "project", level: "ok", found: "/p", fix: [] },
  ];

  it("has the groups in their order, a line for each check on stdout and the fixes on stderr", () => {
    const terminal = recordTerminal();
    reportFindings(findings, { terminal }, false);
    expect(terminal.stdout()).toBe(
      "project\n  ok     project: /p\nvault\n  FAULT  vault: there is none\n  WARN   keys' ends: soon\n",
    );
    expect(terminal.stderr()).toBe(
      "claws: hint: vault: make one\nclaws: hint: vault: or name one\nclaws: warning: keys' ends: rotate\n",
    );
  });

  it("says once why several could not be looked at, and sends nobody to itself", () => {
    const cause = "DIGITALOCEAN_TOKEN is not set";
    const unlooked: readonly Finding[] = [
      {
        group: "DigitalOcean",
        check: "DigitalOcean",
        level: "fault",
        found: cause,
        fix: ["export it", "claws doctor"],
      },
      { group: "DigitalOcean", check: "VPC", level: "warn", found: `not looked at: ${cause}`, fix: [] },
      { group: "agents", check: "agents", level: "warn", found: "not looked at: no stack", fix: [] },
    ];
    const terminal = recordTerminal();
    reportFindings(unlooked, { terminal }, false);
    expect(terminal.stdout().split("\n").slice(1)).toEqual([
      "  FAULT  DigitalOcean: DIGITALOCEAN_TOKEN is not set",
      "  WARN   VPC: not looked at: see DigitalOcean",
      ...["agents", "  WARN   agents: not looked at: no stack", ""],
    ]);
    expect(terminal.stderr()).toBe("claws: hint: DigitalOcean: export it\n");
  });

  it("is broken at a terminal's end, and nowhere in a file", () => {
    const long = [{ group: "vault", check: "vault", level: "ok", found: "word ".repeat(30).trim(), fix: [] }] as const;
    const widest = (canRedrawData: boolean): number => {
      const terminal = recordTerminal({ canRedrawData });
      reportFindings(long, { terminal }, false);
      return Math.max(
        ...terminal
          .stdout()
          .split("\n")
          .map(({ length }) => length),
      );
    };
    expect(widest(true)).toBeLessThanOrEqual(80);
    expect(widest(false)).toBe(165);
  });

  it("is the findings themselves as JSON, in the same order", () => {
    const terminal = recordTerminal();
    reportFindings(findings, { terminal }, true);
    expect(JSON.parse(terminal.stdout())).toEqual([findings[2], findings[0], findings[1]]);
  });
});
