// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scratchFolder } from "../support/scratchFolder.ts";
import { startClaws } from "../support/startClaws.ts";
import type { CliRun } from "../support/cliHarness.ts";
import { buildFaultyLibc } from "./support/faultyLibc.ts";
import { startSlowAgents } from "./support/slowAgents.ts";
import { createVaultWorld, setFor, storeKey, type VaultWorld } from "./support/vaultWorld.ts";

const SECOND = "sk-ant-canary-second-2";
const TEN_YEARS = 10 * 365 * 24 * 3600;
const folder = scratchFolder();
let shared = "";
let preload: Readonly<Record<string, string>> = {};
let world: VaultWorld;

beforeAll(async () => {
  shared = await mkdtemp(join(tmpdir(), "office-claws-home-"));
  preload = await buildFaultyLibc(shared);
});
afterAll(() => rm(shared, { recursive: true, force: true }));
beforeEach(async () => {
  world = await createVaultWorld(folder(), join(shared, "cache"));
});

/** The program with nothing in its environment but the PATH and what is given. */
async function bare(words: readonly string[], environment: Record<string, string>, input = ""): Promise<CliRun> {
  const { PATH = "" } = process.env;
  return await startClaws(words, { folder: world.root, environment: { PATH, ...environment }, input }).ended;
}

const noFolder = "claws: error: cannot find the configuration folder: neither XDG_CONFIG_HOME nor HOME is set\n";

describe("a user without HOME", () => {
  it("24 works with an identity from elsewhere", async () => {
    const environment = { CLAWS_AGE_KEY: world.owner.identity.reveal() };
    expect(await bare(setFor("a2"), environment, SECOND)).toMatchObject({ exitCode: 0 });
    expect((await bare(["keys", "list"], environment)).stdout).toContain("a2     anthropic");
    expect(await bare(["version"], {})).toMatchObject({ exitCode: 0, stderr: "" });
  });

  it.each<[string, readonly string[]]>([
    ["keys list", ["keys", "list"]],
    ["keys set", setFor("a1")],
    ["vault init", ["vault", "init", "--vault", "other.age"]],
    ["keys push", ["keys", "push"]],
  ])("24 is told by claws %s where an identity could come from, and nothing is made", async (_, words) => {
    const { exitCode, stdout, stderr } = await bare(words, {}, SECOND);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(noFolder);
    expect(stderr).toContain("claws: hint: set HOME, or name your identity with CLAWS_AGE_KEY_FILE\n");
    expect(await world.beside()).toEqual([]);
  });

  it("24 gets the same with an empty HOME, and never a folder named after it", async () => {
    expect((await bare(["vault", "init", "--vault", "other.age"], { HOME: "" })).stderr).toContain(noFolder);
    expect(await world.beside()).toEqual([]);
  });
});

describe("a HOME that cannot be written", () => {
  const readOnly = ["unshare", "--map-root-user", "--mount", "sh", "-c"];
  const mount = 'set -e; mount --bind "$HOME" "$HOME"; mount -o remount,bind,ro "$HOME"; exec "$@"';
  const extra = { CLAWS_AGE_KEY: "", CLAWS_CACHE: "" };
  // What the vault's maker remembers of it lies in the home of old.
  beforeEach(() => rm(join(folder(), "home"), { recursive: true, force: true }));

  it("24 holds an identity that works as ever, though nothing can be cached or remembered", async () => {
    const home = join(folder(), "home");
    await mkdir(join(home, ".config", "office-claws"), { recursive: true });
    const identity = join(home, ".config", "office-claws", "identity.txt");
    await writeFile(identity, world.owner.identity.reveal(), { mode: 0o600 });
    const wrapper = [...readOnly, mount, "sh"];
    const run = await world.claws(setFor("a2"), { wrapper, extra, input: SECOND });

    expect(run).toMatchObject({ exitCode: 0, stdout: "stored anthropic for a2, version 1\n" });
    const [remembering, ...others] = run.stderr.split("\n");
    expect(remembering).toMatch(/^claws: cannot remember who can open the vault: ".*\.json": .*\((?:EROFS|ENOENT)\)$/);
    expect(others).toEqual(["claws: the agent may use it for 30 days from each push", ""]);
    expect(await readdir(home)).toEqual([".config"]);
  });

  it("24 is told when an identity would have to be made there; no vault is made without one", async () => {
    await mkdir(join(folder(), "home"));
    await rm(world.path);
    const { exitCode, stderr } = await world.claws(["vault", "init"], { wrapper: [...readOnly, mount, "sh"], extra });

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^claws: error: cannot write the identity file ".*identity\.txt": .*\((?:EROFS|ENOENT)\)\n/);
    expect(await readdir(world.root)).toEqual(["Pulumi.yaml", "stacks"]);
  });

  it("24 is a file: told in one line", async () => {
    await writeFile(join(folder(), "home"), "");
    const { exitCode, stderr } = await world.claws(["keys", "list"], { extra });
    expect({ exitCode, lines: stderr.trimEnd().split("\n").length }).toEqual({ exitCode: 2, lines: 1 });
    expect(stderr).toContain("ENOTDIR");
  });
});

describe("a path with everything in it", () => {
  it.each([
    ["spaces", "my agents at home"],
    ["letters of many scripts", "Büro-агенты-事務所-🦞"],
    ["decomposed letters", "Bu\u0308ro"],
    ["quotes and signs of the shell", `it's "$HOME" \`x\` & ; * ? # %20 \\`],
    ["a leading dash", "-rf"],
    ["a line break", "two\nlines"],
  ])("24 is a path like any other: %s", async (_, name) => {
    const moved = join(folder(), name);
    await rename(world.root, moved);
    const path = join(moved, "vault.age");
    const environment = { ...world.environment, HOME: join(moved, "home"), CLAWS_AGE_KEY: "" };
    const claws = (words: readonly string[], input = ""): Promise<CliRun> =>
      startClaws(words, { folder: moved, environment, input }).ended;
    await rm(path);
    expect((await claws(["vault", "init"])).exitCode).toBe(0);
    expect((await claws(setFor("a1"), SECOND)).exitCode).toBe(0);
    const list = await claws(["keys", "list", "--json", "--vault", path]);

    expect(JSON.parse(list.stdout)).toMatchObject([{ agent: "a1", version: 1 }]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await readdir(moved)).sort()).toEqual(["Pulumi.yaml", "home", "stacks", "vault.age"]);
  });
});

describe("a clock that is ten years off", () => {
  it.each([
    ["behind", -TEN_YEARS],
    ["ahead", TEN_YEARS],
  ])("24 %s changes nothing about the vault and about a push", async (_, offset) => {
    const extra = { ...preload, CLOCK_OFFSET: String(offset) };
    const year = new Date(Date.now() + offset * 1000).getUTCFullYear();
    expect((await world.claws(setFor("ada"), { extra, input: SECOND })).exitCode).toBe(0);
    const key = (await world.keys()).find(({ agent }) => agent === "ada");
    expect(key?.created.slice(0, 4)).toBe(String(year));
    const agents = await startSlowAgents(folder(), { ada: "answers" });
    try {
      const push = await world.claws(["keys", "push"], { extra: { ...extra, ...agents.environment } });
      expect(push).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/ada +anthropic +1 +pushed/) });
      expect(await agents.held("ada")).toMatchObject({ state: "open", keys: [{ name: "anthropic", active: 1 }] });
    } finally {
      await agents.close();
    }
  });

  it("24 behind is told where it would matter: a key that is over before it begins", async () => {
    const extra = { ...preload, CLOCK_OFFSET: String(-TEN_YEARS) };
    const set = await world.claws([...setFor("ada"), "--valid-for", "7d"], { extra, input: SECOND });
    expect(set.exitCode).toBe(0);
    const agents = await startSlowAgents(folder(), { ada: "answers" });
    try {
      const push = await world.claws(["keys", "push"], { extra: { ...extra, ...agents.environment } });
      expect(push.exitCode).toBe(3);
      expect(push.stdout).toMatch(
        /ada +anthropic +1 +failed +its time was over at 201\d-\S+, before the agent's daemon started at/,
      );
      expect(push.stdout).toContain("if one of the clocks is wrong, set it");
      expect(await agents.held("ada")).toMatchObject({ state: "sealed", keys: [] });
    } finally {
      await agents.close();
    }
  });

  it("24 is among the findings of claws doctor", async () => {
    const extra = { ...preload, CLOCK_OFFSET: String(-TEN_YEARS) };
    const { stdout, stderr } = await world.claws(["doctor"], { extra });
    expect(stdout + stderr).toMatch(/clock.*says 201\d-/);
  });

  it("24 does not make a lock live or die", async () => {
    const extra = { ...preload, CLOCK_OFFSET: String(TEN_YEARS) };
    await storeKey(world.access, "a2", SECOND);
    expect((await world.claws(setFor("a2"), { extra, input: `${SECOND}3` })).exitCode).toBe(0);
    expect((await world.claws(setFor("a2"), { input: `${SECOND}4` })).exitCode).toBe(0);
    expect(await world.beside()).toEqual([]);
  });
});
