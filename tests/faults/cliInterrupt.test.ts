// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withNewVersion } from "../../cli/keyEntry.ts";
import { updateVault } from "../../cli/vault.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { eventually } from "../support/eventually.ts";
import { startAtTerminal } from "../support/pseudoTerminal.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import type { StartedClaws } from "../support/startClaws.ts";
import { startSlowAgents, type Pace, type SlowAgents } from "./support/slowAgents.ts";
import { createVaultWorld, CREATED, storeKey, type VaultWorld } from "./support/vaultWorld.ts";

const KEY = "sk-ant-canary-interrupted-0123456789";
const folder = scratchFolder();
const paces: Readonly<Record<string, Pace>> = { ada: "answers", bob: "silent at put", cleo: "silent at status" };
const program = join(import.meta.dirname, "..", "..", "cli", "bin.cjs");
let shared = "";
let world: VaultWorld;
let agents: SlowAgents;

beforeAll(async () => {
  shared = await mkdtemp(join(tmpdir(), "office-claws-interrupt-"));
});
afterAll(() => rm(shared, { recursive: true, force: true }));
beforeEach(async () => {
  world = await createVaultWorld(folder(), join(shared, "cache"));
  agents = await startSlowAgents(folder(), paces);
  for (const agent of Object.keys(paces)) await storeKey(world.access, agent, KEY);
  const second = { name: "openai", agent: "bob", value: Sensitive.from(KEY), created: CREATED };
  await updateVault(world.access, (document) => withNewVersion(document, second, "none"));
});
afterEach(() => agents.close());

const bothSilent = (silent: readonly string[]): boolean =>
  silent.includes("bob POST /v1/keys/put") && silent.some((one) => one.startsWith("cleo"));

/** A push that has come to where two agents do not answer. */
async function pushing(...words: readonly string[]): Promise<StartedClaws> {
  const claws = world.start(["keys", "push", ...words], { extra: { ...agents.environment } });
  await eventually(() => agents.silent, bothSilent);
  await eventually(
    () => agents.held("ada"),
    (status) => JSON.stringify(status).includes('"open"'),
  );
  return claws;
}

const stopping = "claws: stopping: waiting for the answers under way, at most 10 s; Ctrl-C again leaves at once";

describe("a Ctrl-C during a push", () => {
  it("21 begins nothing new and says of each agent whether it is done, not done or unknown, as do SIGTERM and SIGHUP", async () => {
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    const started = await Promise.all(signals.map(() => pushing("--json")));
    await eventually(
      () => agents.silent,
      (silent) =>
        ["bob", "cleo"].every((name) => silent.filter((one) => one.startsWith(name)).length === signals.length),
    );
    for (const [index, signal] of signals.entries()) started[index]?.child.kill(signal);
    for (const claws of started) {
      await claws.says(stopping);
      const { exitCode, stdout, stderr } = await claws.ended;
      const rows = (JSON.parse(stdout) as Record<string, string>[]).map(
        ({ agent, key, result }) => `${agent ?? ""} ${key ?? ""}: ${(result ?? "").replace("unchanged", "pushed")}`,
      );
      expect({ exitCode, rows }).toEqual({
        exitCode: 130,
        rows: ["ada anthropic: pushed", "bob anthropic: unknown", "bob openai: not done", "cleo anthropic: failed"],
      });
      expect(stderr).toContain("claws: not every key arrived; pushing again is safe: claws keys push\n");
      expect(stdout + stderr).not.toContain(KEY);
    }
  });

  it("21 typed at a terminal does the same, with a table", async () => {
    const terminal = startAtTerminal([process.execPath, program, "keys", "push"], {
      folder: world.root,
      environment: { ...world.environment, ...agents.environment },
    });
    await eventually(() => agents.silent, bothSilent);
    terminal.type("\u0003");
    await terminal.shows(stopping);
    expect(await terminal.exitCode).toBe(130);

    const rows = terminal
      .screen()
      .split("\r\n")
      .flatMap((line) => /^(ada|bob|cleo) +(\w+) +1 +(pushed|unknown|not done|failed)/.exec(line)?.slice(1) ?? []);
    expect(rows.join(" ")).toBe("ada anthropic pushed bob anthropic unknown bob openai not done cleo anthropic failed");
  });

  it("21 given twice leaves at once with 130, and prints no table that nobody waited for", async () => {
    const claws = await pushing();
    claws.child.kill("SIGINT");
    await claws.says(stopping);
    const started = performance.now();
    claws.child.kill("SIGINT");
    const { exitCode, stdout } = await claws.ended;

    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: "" });
    // Far below the ten seconds of an answer under way.
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it("21 leaves a state from which the next push finishes", async () => {
    const claws = await pushing();
    claws.child.kill("SIGINT");
    await claws.says(stopping);
    claws.child.kill("SIGINT");
    await claws.ended;
    await agents.close();
    agents = await startSlowAgents(folder(), { ada: "answers", bob: "answers", cleo: "answers" });
    const { exitCode } = await world.claws(["keys", "push"], { extra: { ...agents.environment } });

    expect(exitCode).toBe(0);
    expect(await agents.held("bob")).toMatchObject({
      state: "open",
      keys: [{ name: "anthropic" }, { name: "openai" }],
    });
    expect(await world.beside()).toEqual([]);
  });
});
