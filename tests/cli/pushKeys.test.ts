// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { generateIdentity } from "../../cli/ageFile.ts";
import { DaemonError } from "../../cli/daemonClient.ts";
import type { Effects } from "../../cli/effects.ts";
import { withNewVersion } from "../../cli/keyEntry.ts";
import { rotateKey } from "../../cli/rotateKey.ts";
import { createVault, readVault, updateVault, type VaultAccess } from "../../cli/vault.ts";
import { versionsOf } from "../../cli/vaultDocument.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { fakeDaemon, fakeStack, knownAgent, reaching } from "../support/agentWorld.ts";
import { makeProject, runClaws, secretFrom, testEffects } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { startTestDaemon, type TestDaemon } from "../support/testDaemon.ts";

const folder = scratchFolder();
const OLD = "sk-ant-canary-old-1";
const NEW = "sk-ant-canary-new-2";
const owner = await generateIdentity();
let daemon: TestDaemon;
let access: VaultAccess;
let world: Partial<Effects>;

beforeEach(async () => {
  daemon = await startTestDaemon();
  const { root, environment } = await makeProject(folder());
  access = { path: join(root, "vault.age"), environment: { ...environment, CLAWS_AGE_KEY: owner.identity.reveal() } };
  await createVault(
    access.path,
    { recipients: [owner.recipient], keys: [] },
    { identities: [owner.identity], source: "test" },
  );
  world = {
    environment: access.environment,
    workingDirectory: root,
    openStack: () => Promise.resolve(fakeStack()),
    ...reaching({ nAGENT: daemon.url }),
  };
});
afterEach(() => daemon.stop());

async function store(agent: string, value: string): Promise<void> {
  const entry = { name: "anthropic", agent, value: Sensitive.from(value), created: "2026-11-23T12:00:00.000Z" };
  await updateVault(access, (document) => withNewVersion(document, entry, "none"));
}

async function claws(words: readonly string[], given: Partial<Effects> = {}) {
  const run = await runClaws(words, { ...world, ...given });
  for (const secret of [OLD, NEW]) expect(run.stdout + run.stderr).not.toContain(secret);
  return run;
}

async function held(): Promise<unknown> {
  return ((await daemon.call("GET", "/v1/status")).body as { keys: unknown }).keys;
}

describe("claws keys push", () => {
  it("puts each key, opens the daemon and prints a receipt", async () => {
    await store("a1", OLD);
    const { exitCode, stdout } = await claws(["keys", "push"]);
    expect(exitCode).toBe(0);
    expect(stdout).toBe("AGENT  KEY        VERSION  RESULT  DETAIL\na1     anthropic  1        pushed\n");
    expect(await held()).toMatchObject([{ name: "anthropic", active: 1 }]);
  });

  it("changes nothing the second time", async () => {
    await store("a1", OLD);
    await claws(["keys", "push"]);
    const { exitCode, stdout } = await claws(["keys", "push", "--json"]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      { agent: "a1", key: "anthropic", version: 1, result: "unchanged", receipt: { bootId: daemon.bootId } },
    ]);
  });

  it("activates a newer version", async () => {
    await store("a1", OLD);
    await claws(["keys", "push"]);
    await store("a1", NEW);
    expect((await claws(["keys", "push"])).exitCode).toBe(0);
    expect(await held()).toMatchObject([{ active: 2 }]);
  });

  it("leaves the agent no version that the vault has replaced, however often that happens", async () => {
    for (let version = 1; version <= 18; version++) {
      await store("a1", `${NEW}-${version}`);
      expect((await claws(["keys", "push"])).exitCode).toBe(0);
      expect(await held()).toMatchObject([{ active: version, versions: [{ version }] }]);
    }
  });

  it("makes room on an agent that holds as many versions as it may", async () => {
    for (let version = 1; version <= 16; version++)
      await daemon.call("POST", "/v1/keys/put", {
        ...{ name: "anthropic", provider: "anthropic", version, value: `${NEW}-${version}` },
      });
    await store("a1", OLD);
    await updateVault(access, (document) => ({
      ...document,
      keys: document.keys.map((key) => ({ ...key, version: 17 })),
    }));
    expect((await claws(["keys", "push"])).exitCode).toBe(0);
    expect(await held()).toMatchObject([{ active: 17, versions: [{ version: 17 }] }]);
  });

  it.each([
    ["is content to leave the old version when it may not look at the status", [1], "pushed", 0],
    ["but not while the vault says that a rotation is unfinished", [1, 2], "failed", 3],
  ])("%s", async (_, versions, result, expected) => {
    await store("a1", OLD);
    await updateVault(access, (document) => ({
      ...document,
      keys: versions.flatMap((version) => document.keys.map((key) => ({ ...key, version }))),
    }));
    const known = reaching({ nAGENT: daemon.url });
    const { exitCode, stdout } = await claws(["keys", "push", "--json"], {
      ...known,
      daemonAt: async (address) => ({
        ...(await known.daemonAt(address)),
        status: () => Promise.reject(new DaemonError("access denied", "access-denied", false)),
      }),
    });
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([expected, [{ result }]]);
  });

  it("does not mind that somebody else revoked the old version meanwhile", async () => {
    await store("a1", OLD);
    await claws(["keys", "push"]);
    await store("a1", NEW);
    const known = reaching({ nAGENT: daemon.url });
    const run = await claws(["keys", "push"], {
      ...known,
      daemonAt: async (address) => {
        const real = await known.daemonAt(address);
        const revoke = async (name: string, version?: number) => {
          await real.revoke(name, version);
          return await real.revoke(name, version);
        };
        return { ...real, revoke };
      },
    });
    expect(run.exitCode).toBe(0);
    expect(await held()).toMatchObject([{ active: 2, versions: [{ version: 2 }] }]);
  });

  it.each([
    ["is too old for the agent", 7, undefined],
    ["was revoked on the agent", 1, undefined],
    ["was revoked on the agent", 7, "wipe"],
  ])(
    "explains that a version %s, which has seen version %d, and the command that it names helps",
    async (cause, highest, wipe) => {
      const put = { name: "anthropic", provider: "anthropic", version: highest, value: OLD };
      await daemon.call("POST", "/v1/keys/put", put);
      if (cause.startsWith("was")) await daemon.call("POST", "/v1/keys/revoke", { name: "anthropic" });
      if (wipe === "wipe") await daemon.call("POST", "/v1/wipe", {});
      await store("a1", NEW);
      const { exitCode, stdout } = await claws(["keys", "push"]);
      expect(exitCode).toBe(3);
      const winner = cause.startsWith("was") ? "\n" : `; version ${highest} was put by laptop.lab.example at `;
      const command = `keys set anthropic --agent a1 --version ${highest + 1}`;
      expect(stdout).toContain(
        `version 1 ${cause}, which has seen version ${highest} of this key; store it anew and push again: claws ${command}${winner}`,
      );

      const set = await claws(command.split(" "), { readSecret: secretFrom(NEW) });
      expect(set).toMatchObject({ exitCode: 0, stdout: `stored anthropic for a1, version ${highest + 1}\n` });
      expect((await claws(["keys", "push"])).exitCode).toBe(0);
      expect(await held()).toMatchObject([{ active: highest + 1, versions: [{ version: highest + 1 }] }]);
    },
  );

  it("names who has put another value under the same version, and when", async () => {
    await daemon.call("POST", "/v1/keys/put", { name: "anthropic", provider: "anthropic", version: 1, value: NEW });
    await store("a1", OLD);
    const { exitCode, stdout } = await claws(["keys", "push", "--json"]);
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([3, [{ result: "failed" }]]);
    expect(stdout).toMatch(
      /this version is held with another value or provider; version 1 was put by laptop\.lab\.example at \d{4}-\d\d-\d\dT/,
    );
  });

  it("explains it without the number when the status may not be seen", async () => {
    await daemon.call("POST", "/v1/keys/put", {
      ...{ name: "anthropic", provider: "anthropic", version: 7, value: OLD },
    });
    await store("a1", NEW);
    const known = reaching({ nAGENT: daemon.url });
    const { exitCode, stdout } = await claws(["keys", "push"], {
      ...known,
      daemonAt: async (address) => ({
        ...(await known.daemonAt(address)),
        status: () => Promise.reject(new DaemonError("access denied", "access-denied", false)),
      }),
    });
    expect(exitCode).toBe(3);
    expect(stdout).toContain("version 1 is too old for the agent, which does not tell how far it is; store it anew");
  });

  it.each([
    ["0", "--version must be a whole number from 1 up"],
    ["1.5", "--version must be a whole number from 1 up"],
    ["-1", "--version must be a whole number from 1 up"],
    ["99999999999999999", "--version must be a whole number from 1 up"],
    ["2", '--version 2 is not above version 2 of key "anthropic" in the vault'],
    ["1", '--version 1 is not above version 2 of key "anthropic" in the vault'],
  ])("is not led astray by keys set --version %s", async (version, message) => {
    await store("a1", OLD);
    await store("a1", OLD);
    const readSecret = (): Promise<Sensitive> => Promise.reject(new Error("must not ask"));
    const words = ["keys", "set", "anthropic", "--agent", "a1", `--version=${version}`];
    const { exitCode, stderr } = await claws(words, { readSecret });
    expect({ exitCode, message: stderr.split("\n")[0] }).toEqual({ exitCode: 2, message: `claws: error: ${message}` });
  });

  it("gives an agent no key of another", async () => {
    await store("a1", OLD);
    await store("a2", NEW);
    await claws(["keys", "push"]);
    const put = (await daemon.audit()).filter(({ action }) => action === "put");
    expect(put).toHaveLength(1);
  });

  it("waits for a dead agent once, however many keys it has", async () => {
    await store("a1", OLD);
    await updateVault(access, (document) => ({
      ...document,
      keys: ["anthropic", "groq", "openai"].flatMap((name) => document.keys.map((key) => ({ ...key, name }))),
    }));
    let calls = 0;
    const run = await claws(["keys", "push", "--json"], {
      ...reaching({ nAGENT: "http://127.0.0.1:1" }),
      daemonAt: () =>
        Promise.resolve(
          fakeDaemon({
            status: () => {
              calls += 1;
              return Promise.reject(new DaemonError("no connection within 3 s", "no-reply", false));
            },
          }),
        ),
    });
    expect([run.exitCode, calls]).toEqual([3, 1]);
    const detail = "not tried after: no connection within 3 s";
    expect(JSON.parse(run.stdout)).toMatchObject([
      { key: "anthropic", result: "failed", detail: "no connection within 3 s" },
      { key: "groq", result: "failed", detail },
      { key: "openai", result: "failed", detail },
    ]);
  });

  it("goes on when one agent is dead, and says partly", async () => {
    await store("a1", OLD);
    await store("a2", NEW);
    const agents = new Map([
      ["a1", knownAgent()],
      ["a2", knownAgent({ nodeId: "nDEAD" })],
    ]);
    const { exitCode, stdout, stderr } = await claws(["keys", "push"], {
      openStack: () => Promise.resolve(fakeStack({ outputs: () => Promise.resolve(agents) })),
      ...reaching({ nAGENT: daemon.url, nDEAD: "http://127.0.0.1:1" }),
    });
    expect(exitCode).toBe(3);
    expect(stdout.split("\n")[1]).toMatch(/^a1 .* pushed$/);
    expect(stdout.split("\n")[2]).toMatch(/^a2 .* failed {2}connection refused$/);
    expect(stderr).toContain("pushing again is safe");
  });

  it("never talks to a node that is not the one of the stack", async () => {
    await store("a1", OLD);
    const { exitCode, stdout } = await claws(["keys", "push"], reaching({ nOTHER: daemon.url }));
    expect(exitCode).toBe(3);
    expect(stdout).toContain("no node nAGENT in the tailnet");
    expect(await daemon.audit()).toHaveLength(1);
  });

  it("notices when another node answers at the address", async () => {
    await store("a1", OLD);
    const agents = new Map([["a1", knownAgent({ nodeId: "nREPLACED" })]]);
    const { exitCode, stdout } = await claws(["keys", "push"], {
      openStack: () => Promise.resolve(fakeStack({ outputs: () => Promise.resolve(agents) })),
      ...reaching({ nREPLACED: daemon.url }),
    });
    expect(exitCode).toBe(3);
    expect(stdout).toContain("another node answered: nAGENT instead of nREPLACED");
  });

  it("after an interrupt says what was not done and exits 130", async () => {
    await store("a1", OLD);
    const { exitCode, stdout } = await claws(["keys", "push"], { signal: AbortSignal.abort() });
    expect(exitCode).toBe(130);
    expect(stdout).toContain("not done  interrupted");
    expect(await held()).toEqual([]);
  });

  it.each([
    ["an agent that is not in the stack", ["--agent", "a9"], 'the stack "dev" has no agent "a9"', "it has a1"],
    ["a stack without agents", [], 'the stack "dev" has no agents', "create them: claws up"],
  ])("refuses %s", async (_, words, message, hint) => {
    await store("a1", OLD);
    const agents = words.length > 0 ? new Map([["a1", knownAgent()]]) : new Map();
    const { exitCode, stderr } = await claws(["keys", "push", ...words], {
      openStack: () => Promise.resolve(fakeStack({ outputs: () => Promise.resolve(agents) })),
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: `claws: error: ${message}\nclaws: hint: ${hint}\n` });
  });

  it("says how to store a key when the vault has none for the agents", async () => {
    const { exitCode, stderr } = await claws(["keys", "push"]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("the vault has no key for a1: claws keys set NAME --agent AGENT");
  });
});

describe("claws keys rotate", () => {
  const words = ["keys", "rotate", "anthropic", "--agent", "a1"];

  it("puts and activates the new version, drops the old one everywhere, and says where to revoke it", async () => {
    await store("a1", OLD);
    await claws(["keys", "push"]);
    const { exitCode, stdout, stderr } = await claws(words, { readSecret: secretFrom(NEW) });
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: "rotated anthropic of a1: version 2 is active, version 1 is dropped\n",
    });
    expect(stderr.split("\n")).toEqual([
      "claws: step 1 of 5: a1 answers and uses version 1; make a new key at https://console.anthropic.com/settings/keys and give it here",
      "claws: step 2 of 5: nobody asked the provider about the new key: --check does",
      "claws: step 3 of 5: saved as version 2 in the vault, beside version 1",
      "claws: step 4 of 5: a1 uses version 2 for new requests; those under way end with version 1",
      "claws: step 5 of 5: version 1 is dropped, from the agent's memory and from the vault",
      "claws: dropping the old key here does not revoke it: the provider still takes it from whoever has it",
      "claws: now revoke the old key at the provider (anthropic): https://console.anthropic.com/settings/keys",
      "",
    ]);
    expect(await held()).toMatchObject([{ active: 2, versions: [{ version: 2 }] }]);
    const versions = versionsOf(await readVault(access), "a1", "anthropic");
    expect(versions.map(({ version, value }) => [version, value.reveal()])).toEqual([[2, NEW]]);
  });

  it.each(["invalid", "unknown"] as const)(
    "changes nothing when the provider was asked and the new key is %s",
    async (result) => {
      await store("a1", OLD);
      await claws(["keys", "push"]);
      const stack = fakeStack();
      const rotation = { target: { name: "anthropic", agent: "a1" }, agent: knownAgent(), stack, access };
      const asked: unknown[] = [];
      const check = (key: object) => {
        asked.push(key);
        return Promise.resolve({ result, detail: "it said so" });
      };
      const effects = testEffects({ ...world, readSecret: secretFrom(NEW) });
      await expect(rotateKey({ ...rotation, check }, effects)).rejects.toThrow(
        `the new key is ${result} at the provider (anthropic): it said so`,
      );
      expect(asked).toHaveLength(1);
      expect(JSON.stringify(asked)).not.toContain(NEW);
      expect(await held()).toMatchObject([{ active: 1, versions: [{ version: 1 }] }]);
      expect(versionsOf(await readVault(access), "a1", "anthropic").map(({ value }) => value.reveal())).toEqual([OLD]);
    },
  );

  it("goes on with a key that the provider takes, also when nothing is left to spend", async () => {
    await store("a1", OLD);
    await claws(["keys", "push"]);
    const rotation = { target: { name: "anthropic", agent: "a1" }, agent: knownAgent(), stack: fakeStack(), access };
    const check = () => Promise.resolve({ result: "quota" as const, detail: "" });
    const effects = testEffects({ ...world, readSecret: secretFrom(NEW) });
    expect(await rotateKey({ ...rotation, check }, effects)).toMatchObject({ result: "pushed", version: 2 });
  });

  it("starts above what the agent has seen when the vault began anew", async () => {
    await daemon.call("POST", "/v1/keys/put", {
      ...{ name: "anthropic", provider: "anthropic", version: 9, value: "sk-ant-from-a-lost-vault" },
    });
    await store("a1", OLD);
    const { exitCode, stdout } = await claws(words, { readSecret: secretFrom(NEW) });
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: "rotated anthropic of a1: version 10 is active, version 1 is dropped\n",
    });
    expect(await held()).toMatchObject([{ active: 10, versions: [{ version: 10 }] }]);
  });

  it("keeps both versions when the agent goes away in the middle, and a push finishes it", async () => {
    await store("a1", OLD);
    await claws(["keys", "push"]);
    const broken = reaching({ nAGENT: daemon.url });
    const { exitCode, stderr } = await claws(words, {
      readSecret: secretFrom(NEW),
      ...broken,
      daemonAt: async (address) => ({
        ...(await broken.daemonAt(address)),
        activate: () => Promise.reject(new DaemonError("no whole answer within 10 s", "no-reply", true)),
      }),
    });
    expect(exitCode).toBe(3);
    expect(stderr).toContain(
      'version 2 of anthropic is saved in the vault, but agent "a1" may still use version 1: no whole answer',
    );
    expect(stderr).toContain("claws: hint: finish it: claws keys push --agent a1");
    expect(versionsOf(await readVault(access), "a1", "anthropic").map(({ version }) => version)).toEqual([1, 2]);
    expect((await claws(["keys", "push"])).exitCode).toBe(0);
    expect(await held()).toMatchObject([{ active: 2, versions: [{ version: 2 }] }]);
    expect(versionsOf(await readVault(access), "a1", "anthropic").map(({ version }) => version)).toEqual([2]);
  });

  it("asks for no key and changes nothing when the agent does not answer", async () => {
    await store("a1", OLD);
    const { exitCode, stderr } = await claws(words, reaching({ nAGENT: "http://127.0.0.1:1" }));
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      'claws: error: agent "a1" cannot take a key now: connection refused\nclaws: hint: nothing was changed\n',
    );
    expect(versionsOf(await readVault(access), "a1", "anthropic").map(({ version }) => version)).toEqual([1]);
  });

  it("refuses a key that the vault does not have, and the same key again", async () => {
    expect((await claws(words)).stderr).toContain('the vault has no key "anthropic" for agent "a1"');
    await store("a1", OLD);
    const { exitCode, stderr } = await claws(words, { readSecret: secretFrom(OLD) });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('the new key "anthropic" is the same as the old one');
  });
});
