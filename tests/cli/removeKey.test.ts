// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import type { Effects } from "../../cli/effects.ts";
import { readVault } from "../../cli/vault.ts";
import { makeProject, recordTerminal, runClaws, spawnClaws, type CliRun } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { makeTestVault, testKey, type TestVault } from "../support/testVault.ts";

const folder = scratchFolder();
let root = "";
let vault: TestVault;

beforeEach(async () => {
  ({ root } = await makeProject(folder()));
  const keys = [testKey(), testKey({ version: 2, value: "value-2" }), testKey({ agent: "a2" })];
  vault = await makeTestVault(root, { keys });
});

const words = ["keys", "remove", "anthropic", "--agent", "a1"];

async function remove(more: readonly string[], given: Partial<Effects> = {}): Promise<CliRun> {
  const { environment } = vault.access;
  return await runClaws([...words, ...more], { environment, workingDirectory: root, ...given });
}

async function left(): Promise<readonly string[]> {
  return (await readVault(vault.access)).keys.map(({ agent, name, version }) => `${agent}/${name}/${version}`);
}

describe("claws keys remove", () => {
  it("drops all versions of the agent's key, and says who may still hold it", async () => {
    const run = await spawnClaws([...words, "--yes"], {
      environment: { CLAWS_AGE_KEY: vault.owner.identity.reveal(), HOME: folder(), PATH: process.env["PATH"] ?? "" },
      folder: root,
    });
    expect(run).toEqual({
      exitCode: 0,
      stdout: "removed anthropic of a1 from the vault\n",
      stderr: [
        "claws: the agent may still hold it: claws keys revoke anthropic --agent a1",
        "claws: for another key of this name: claws keys set anthropic --agent a1 --version 3",
        "claws: anthropic still takes it until you revoke it there: https://console.anthropic.com/settings/keys",
        "",
      ].join("\n"),
    });
    expect(await left()).toEqual(["a2/anthropic/1"]);
  });

  it("asks first, and takes only yes for yes", async () => {
    const before = await readFile(vault.path);
    const questions: string[] = [];
    const answering = (answer: string): Partial<Effects> => ({
      terminal: recordTerminal({ canAsk: true }),
      ask: (question) => {
        questions.push(question);
        return Promise.resolve(answer);
      },
    });
    for (const answer of ["", "n", "anthropic"]) expect((await remove([], answering(answer))).exitCode).toBe(2);
    expect(await readFile(vault.path)).toEqual(before);
    expect((await remove([], answering("Yes"))).exitCode).toBe(0);
    expect(questions[0]).toBe('Remove key "anthropic" of agent "a1" from the vault? [y/N] ');
    expect(await left()).toEqual(["a2/anthropic/1"]);
  });

  it("refuses without a terminal, and for a key that is not there", async () => {
    expect((await remove([])).stderr).toBe(
      'claws: error: refusing to remove "anthropic" of "a1" without being asked: there is no terminal\nclaws: hint: say it with --yes\n',
    );
    const { environment } = vault.access;
    const none = ["keys", "remove", "openai", "--agent", "a1", "--yes"];
    expect((await runClaws(none, { environment, workingDirectory: root })).stderr).toBe(
      'claws: error: the vault has no key "openai" for agent "a1"\nclaws: hint: claws keys list\n',
    );
    expect(await left()).toHaveLength(3);
  });
});
