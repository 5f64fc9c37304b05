// SPDX-License-Identifier: Apache-2.0
// What keys push, rotate, activate and revoke do to real daemons, as the real program.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CliRun } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { startSlowAgents, type SlowAgents } from "../faults/support/slowAgents.ts";
import { createVaultWorld, FIRST, storeKey, type VaultWorld } from "../faults/support/vaultWorld.ts";

const NEW = "sk-ant-api03-CanaryNewKey0123456789";
const PAGE = "https://console.anthropic.com/settings/keys";
const folder = scratchFolder();
let cache = "";
let world: VaultWorld;
let agents: SlowAgents;

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "office-claws-cache-"));
});
afterAll(() => rm(cache, { recursive: true, force: true }));
beforeEach(async () => {
  world = await createVaultWorld(folder(), cache);
  agents = await startSlowAgents(folder(), { a1: "answers", a2: "answers" });
  await storeKey(world.access, "a2", FIRST);
});
afterEach(() => agents.close());

async function claws(line: string, input = ""): Promise<CliRun> {
  const run = await world.claws(line.split(" "), { extra: agents.environment, input });
  expect(run.stdout + run.stderr).not.toMatch(/canary/i);
  return run;
}

async function done(line: string, input = ""): Promise<CliRun> {
  const run = await claws(line, input);
  expect({ line, exitCode: run.exitCode, stderr: run.exitCode === 0 ? "" : run.stderr }).toEqual({
    line,
    exitCode: 0,
    stderr: "",
  });
  return run;
}

/** The active version of the agent's key and all that it holds; nothing when it holds none. */
async function held(agent: string): Promise<readonly unknown[]> {
  const { keys } = (await agents.held(agent)) as {
    keys: readonly { active: number; versions: readonly { version: number }[] }[];
  };
  return keys.flatMap(({ active, versions }) => [active, versions.map(({ version }) => version)]);
}

describe("claws keys push", () => {
  it("gives every agent its keys, and changes nothing the second time", async () => {
    const first = JSON.parse((await done("keys push --json")).stdout) as Record<string, unknown>[];
    expect(first.map(({ agent, key, version, result }) => [agent, key, version, result])).toEqual([
      ["a1", "anthropic", 1, "pushed"],
      ["a2", "anthropic", 1, "pushed"],
    ]);
    expect([await held("a1"), await held("a2")]).toEqual([
      [1, [1]],
      [1, [1]],
    ]);
    expect((await done("keys push --agent a1")).stdout).toMatch(/^a1 +anthropic +1 +unchanged/m);
  });

  it("says for whom the vault has no key, and shows no empty table", async () => {
    await done("keys remove anthropic --agent a2 --yes");
    const { stdout, stderr } = await done("keys push --agent a2");
    expect({
      stdout,
      isTold: stderr.includes("claws: the vault has no key for a2: claws keys set NAME --agent AGENT\n"),
    }).toEqual({
      ...{ stdout: "", isTold: true },
    });
  });

  it("refuses an agent that the stack does not have, and pushes nothing", async () => {
    const { exitCode, stdout, stderr } = await claws("keys push --agent a3");
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain('claws: error: the stack "dev" has no agent "a3"\n');
    expect(await held("a1")).toEqual([]);
  });
});

describe("claws keys rotate", () => {
  it("leads through its steps, leaves one version and says where the old key is really revoked", async () => {
    await done("keys push");
    const { stdout, stderr } = await done("keys rotate anthropic --agent a1", NEW);
    expect(stdout).toBe("rotated anthropic of a1: version 2 is active, version 1 is dropped\n");
    expect(stderr.split("\n").filter((line) => line.startsWith("claws: "))).toEqual([
      `claws: step 1 of 5: a1 answers and uses version 1; make a new key at ${PAGE} and give it here`,
      "claws: step 2 of 5: nobody asked the provider about the new key: --check does",
      "claws: step 3 of 5: saved as version 2 in the vault, beside version 1",
      "claws: step 4 of 5: a1 uses version 2 for new requests; those under way end with version 1",
      "claws: step 5 of 5: version 1 is dropped, from the agent's memory and from the vault",
      "claws: dropping the old key here does not revoke it: the provider still takes it from whoever has it",
      `claws: now revoke the old key at the provider (anthropic): ${PAGE}`,
    ]);
    expect(await held("a1")).toEqual([2, [2]]);
    expect((await world.keys()).map(({ agent, value }) => [agent, value.reveal()])).toEqual([
      ["a1", NEW],
      ["a2", FIRST],
    ]);
  });

  it.each([
    ["the same key again", "anthropic", FIRST, 'the new key "anthropic" is the same as the old one'],
    ["a key that the vault does not have", "openai", NEW, 'the vault has no key "openai" for agent "a1"'],
    ["no key at all", "anthropic", "", "the key is empty"],
  ])("refuses %s, and changes neither vault nor agent", async (_, name, input, message) => {
    await done("keys push --agent a1");
    const before = await world.bytes();
    const { exitCode, stderr } = await claws(`keys rotate ${name} --agent a1`, input);
    expect({ exitCode, error: /^claws: error: (.*)$/m.exec(stderr)?.[1] }).toEqual({ exitCode: 2, error: message });
    expect([await world.bytes(), await held("a1")]).toEqual([before, [1, [1]]]);
  });
});

describe("claws keys activate", () => {
  it("makes the agent use a version that it holds, and refuses one that it does not", async () => {
    await done("keys push --agent a1");
    expect((await done("keys activate anthropic --agent a1 --version 1")).stdout).toBe(
      "version 1 of anthropic was active already on a1\n",
    );
    const { exitCode, stdout, stderr } = await claws("keys activate anthropic --agent a1 --version 7");
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toBe(
      'claws: error: agent "a1", key "anthropic": this version of the key is not held\nclaws: hint: claws status shows what the agent holds\n',
    );
    expect(await held("a1")).toEqual([1, [1]]);
  });
});

describe("claws keys revoke", () => {
  it("takes the key out of the agent's memory and says that the provider still takes it", async () => {
    await done("keys push");
    const { stdout, stderr } = await done("keys revoke anthropic --agent a1 --now");
    expect(stdout).toBe("a1 dropped anthropic, every version; requests under way were aborted\n");
    expect(stderr).toContain(`revoke it at the provider (anthropic): ${PAGE}\n`);
    expect([await held("a1"), await held("a2")]).toEqual([[], [1, [1]]]);
  });

  it("refuses a key that the agent does not hold", async () => {
    const { exitCode, stdout, stderr } = await claws("keys revoke anthropic --agent a1");
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toBe(
      'claws: error: agent "a1", key "anthropic": no key with this name is held\nclaws: hint: claws status shows what the agent holds\n',
    );
  });
});
