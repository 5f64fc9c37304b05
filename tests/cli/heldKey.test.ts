// SPDX-License-Identifier: Apache-2.0
import { DaemonError } from "../../cli/daemonClient.ts";
import type { Effects } from "../../cli/effects.ts";
import { providerPages } from "../../cli/providerPages.ts";
import { fakeDaemon, fakeStack, knownAgent, reaching } from "../support/agentWorld.ts";
import { makeProject, runClaws } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { startTestDaemon, type TestDaemon } from "../support/testDaemon.ts";

const folder = scratchFolder();
const KEY = "sk-ant-canary-held";
let daemon: TestDaemon;
let world: Partial<Effects>;

beforeEach(async () => {
  daemon = await startTestDaemon();
  const { root, environment } = await makeProject(folder());
  world = {
    ...{ environment, workingDirectory: root, openStack: () => Promise.resolve(fakeStack()) },
    ...reaching({ nAGENT: daemon.url }),
  };
  for (const version of [1, 2])
    await daemon.call("POST", "/v1/keys/put", {
      name: "anthropic",
      provider: "anthropic",
      version,
      value: `${KEY}-${version}`,
    });
});
afterEach(() => daemon.stop());

async function claws(words: string, given: Partial<Effects> = {}) {
  return await runClaws(words.split(" "), { ...world, ...given });
}

async function held(): Promise<unknown> {
  return ((await daemon.call("GET", "/v1/status")).body as { keys: unknown }).keys;
}

async function recorded(): Promise<unknown> {
  return (await daemon.audit()).at(-1);
}

describe("claws keys activate", () => {
  it("makes another version that the agent holds the active one, and back", async () => {
    expect(await held()).toMatchObject([{ active: 1 }]);
    expect(await claws("keys activate anthropic --agent a1 --version 2")).toEqual({
      ...{ exitCode: 0, stderr: "" },
      stdout: "version 2 of anthropic is active now on a1\n",
    });
    expect(await held()).toMatchObject([{ active: 2 }]);
    const again = await claws("keys activate anthropic --agent a1 --version 2 --json");
    expect(JSON.parse(again.stdout)).toMatchObject({ active: 2, changed: false, nodeId: "nAGENT" });
    await claws("keys activate anthropic --agent a1 --version 1");
    expect(await held()).toMatchObject([{ active: 1 }]);
  });

  it.each([
    [
      "keys activate anthropic --agent a1 --version 7",
      1,
      'agent "a1", key "anthropic": this version of the key is not held',
    ],
    ["keys activate openai --agent a1 --version 1", 1, 'agent "a1", key "openai": no key with this name is held'],
    ["keys activate anthropic --agent a1 --version 0", 2, "--version must be a whole number from 1 up"],
    ["keys activate anthropic --agent a1", 2, "missing option --version"],
    ["keys activate anthropic --agent b2 --version 1", 2, 'the stack "dev" has no agent "b2"'],
  ])("refuses %s in words", async (words, exitCode, message) => {
    const before = await held();
    const run = await claws(words);
    expect(run).toMatchObject({ exitCode, stdout: "" });
    expect(run.stderr).toContain(`claws: error: ${message}`);
    expect(await held()).toEqual(before);
  });
});

describe("claws keys revoke", () => {
  it("makes the agent drop the whole key, and says that the provider still takes it and where to end that", async () => {
    const { exitCode, stdout, stderr } = await claws("keys revoke anthropic --agent a1");
    expect([exitCode, stdout]).toEqual([0, "a1 dropped anthropic, every version; requests under way may finish\n"]);
    expect(stderr).toBe(
      `claws: this is no revocation at the provider, which still takes the key; revoke it at the provider (anthropic): ${providerPages["anthropic"]}\n`,
    );
    expect(await held()).toEqual([]);
    expect(await recorded()).toMatchObject({ action: "revoke", key: "anthropic", allowed: true });
  });

  it("drops one version and keeps the others", async () => {
    expect((await claws("keys revoke anthropic --agent a1 --version 2")).stdout).toBe(
      "a1 dropped anthropic, version 2; requests under way may finish\n",
    );
    expect(await held()).toMatchObject([{ active: 1, versions: [{ version: 1 }] }]);
  });

  it("does not drop the active version alone, and says what to do instead", async () => {
    const { exitCode, stderr } = await claws("keys revoke anthropic --agent a1 --version 1");
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      "claws: hint: use another version first: claws keys activate anthropic --agent a1 --version N",
    );
    expect(stderr).toContain("claws: hint: or leave --version out to drop the whole key\n");
    expect(await held()).toMatchObject([{ active: 1, versions: [{ version: 1 }, { version: 2 }] }]);
  });

  it.each([
    ["keys revoke anthropic --agent a1 --now", ["anthropic", undefined, true]],
    ["keys revoke anthropic --agent a1 --version 2 --now", ["anthropic", 2, true]],
    ["keys revoke anthropic --agent a1", ["anthropic", undefined, undefined]],
  ])("asks the daemon to abort what is under way only when told to: %s", async (words, expected) => {
    const asked: unknown[] = [];
    const known = reaching({ nAGENT: daemon.url });
    const { stdout } = await claws(words, {
      ...known,
      daemonAt: async (address) => {
        const real = await known.daemonAt(address);
        return { ...real, revoke: async (...args) => (asked.push(args), await real.revoke(...args)) };
      },
    });
    expect(asked).toEqual([expected]);
    expect(stdout).toContain(words.includes("--now") ? "under way were aborted" : "under way may finish");
  });

  it("works for an operator who may revoke and not look", async () => {
    const known = reaching({ nAGENT: daemon.url });
    const { exitCode, stderr } = await claws("keys revoke anthropic --agent a1", {
      ...known,
      daemonAt: async (address) => ({
        ...(await known.daemonAt(address)),
        status: () => Promise.reject(new DaemonError("access denied", "access-denied", false)),
      }),
    });
    expect([exitCode, await held()]).toEqual([0, []]);
    expect(stderr).toContain("revoke it at the provider (anthropic)");
  });

  it("prints the receipt as JSON and the rest on stderr", async () => {
    const { stdout, stderr } = await claws("keys revoke anthropic --agent a1 --json");
    expect(JSON.parse(stdout)).toMatchObject({
      agent: "a1",
      provider: "anthropic",
      name: "anthropic",
      active: null,
      changed: true,
    });
    expect(stderr).toContain("this is no revocation at the provider");
  });

  it("says that it may have been done when the answer was lost", async () => {
    const lost = fakeDaemon({
      status: () => Promise.reject(new DaemonError("access denied", "access-denied", false)),
      revoke: () => Promise.reject(new DaemonError("no answer", "no-reply", true)),
    });
    const { exitCode, stderr } = await claws("keys revoke anthropic --agent a1", {
      daemonAt: () => Promise.resolve(lost),
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("claws: hint: it may have been done all the same: claws status\n");
  });

  it("does not believe another node", async () => {
    const known = reaching({ nAGENT: daemon.url });
    const { exitCode, stdout, stderr } = await claws("keys revoke anthropic --agent a1", {
      ...known,
      daemonAt: async (address) => {
        const real = await known.daemonAt(address);
        return { ...real, revoke: async (...args) => ({ ...(await real.revoke(...args)), nodeId: "nOTHER" }) };
      },
    });
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("claws: error: another node answered: nOTHER instead of nAGENT\n");
  });

  it("has nothing to drop where the owner's broker lends the key", async () => {
    const agents = new Map([["a1", knownAgent({ broker: "100.64.0.9:7441" })]]);
    const openStack = () => Promise.resolve(fakeStack({ outputs: () => Promise.resolve(agents) }));
    const { exitCode, stderr } = await claws("keys revoke anthropic --agent a1", { openStack });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('claws: error: agent "a1" holds no key: the broker at 100.64.0.9:7441 lends it yours\n');
    expect(await held()).toHaveLength(1);
  });

  it.each(["sk-ant-api03-0123456789abcdef0123456789", "gsk_0123456789abcdef0123456789"])(
    "does not repeat a key that is pasted as a name",
    async (name) => {
      const { exitCode, stdout, stderr } = await claws(`keys revoke ${name} --agent a1`);
      expect(exitCode).toBe(2);
      expect(stdout + stderr).not.toContain(name);
    },
  );
});
