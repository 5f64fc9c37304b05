// SPDX-License-Identifier: Apache-2.0
import { PROVIDERS } from "../../broker/providerTable.ts";
import { generateIdentity } from "../../cli/ageFile.ts";
import { checkKey, type KeyCheck } from "../../cli/checkKey.ts";
import { checkKeys, reportChecks } from "../../cli/checkKeys.ts";
import { createVault } from "../../cli/vault.ts";
import type { VaultKey } from "../../cli/vaultDocument.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { makeProject, recordTerminal, runClaws, spawnClaws } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();

function key(agent: string, name: string, value: string): VaultKey {
  const created = "2026-11-23T12:00:00.000Z";
  return { agent, name, provider: name, value: Sensitive.from(value), version: 2, created, notAfter: null };
}

const KEYS = [
  key("a1", "anthropic", "sk-canary-live"),
  key("a1", "openai", "sk-canary-dead"),
  key("a2", "anthropic", "sk-canary-live"),
  key("a2", "acme", "sk-canary-odd"),
];

/** Providers that know one key, and who was asked about what. */
function providers() {
  const asked: string[] = [];
  const check = (one: Pick<VaultKey, "provider" | "value">, table: typeof PROVIDERS): Promise<KeyCheck> => {
    if (one.provider === "acme") return checkKey(one, table);
    asked.push(`${one.provider} ${one.value.reveal()}`);
    const isLive = one.value.reveal() === "sk-canary-live";
    return Promise.resolve({ result: isLive ? "live" : "invalid", detail: isLive ? "it does" : "it does not" });
  };
  return { asked, check };
}

describe("checkKeys", () => {
  it("asks about each key once, although agents share it, and goes on when nobody can be asked", async () => {
    const { asked, check } = providers();
    const checked = await checkKeys(KEYS, PROVIDERS, check);
    expect(asked).toEqual(["anthropic sk-canary-live", "openai sk-canary-dead"]);
    expect(checked.map(({ agent, key: name, result }) => [agent, name, result])).toEqual([
      ["a1", "anthropic", "live"],
      ["a1", "openai", "invalid"],
      ["a2", "anthropic", "live"],
      ["a2", "acme", "unknown"],
    ]);
    expect(JSON.stringify(checked)).not.toContain("canary");
  });

  it("is told as a table, with the command that replaces a dead key, and exit code 3", async () => {
    const terminal = recordTerminal();
    const code = reportChecks(await checkKeys(KEYS.slice(0, 3), PROVIDERS, providers().check), terminal, false);
    expect([code, terminal.stdout(), terminal.stderr()]).toEqual([
      3,
      [
        "AGENT  KEY        PROVIDER   VERSION  RESULT   DETAIL",
        "a1     anthropic  anthropic  2        live     it does",
        "a1     openai     openai     2        invalid  it does not",
        "a2     anthropic  anthropic  2        live     it does",
        "",
      ].join("\n"),
      "claws: replace it: claws keys rotate openai --agent a1\n",
    ]);
  });

  it("is told as JSON, and exits 0 when all work", async () => {
    const terminal = recordTerminal();
    const code = reportChecks(await checkKeys(KEYS.slice(0, 1), PROVIDERS, providers().check), terminal, true);
    expect([code, JSON.parse(terminal.stdout())]).toEqual([
      0,
      [{ agent: "a1", key: "anthropic", provider: "anthropic", version: 2, result: "live", detail: "it does" }],
    ]);
  });
});

describe("claws keys check", () => {
  it.each([
    [[], "which keys? Name one with its --agent, or an --agent, or say --all"],
    [["anthropic"], "missing --agent"],
    [["--all", "--agent", "a1"], "--all is for all keys of all agents: it takes neither NAME nor --agent"],
    [["anthropic", "--all"], "--all is for all keys of all agents: it takes neither NAME nor --agent"],
  ])("refuses %j before anything is opened", async (words, message) => {
    const { exitCode, stdout, stderr } = await runClaws(["keys", "check", ...words]);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`claws: error: ${message}\n`);
  });

  it("says in the real program which of all keys could not be checked, and that there is none", async () => {
    const { root, environment } = await makeProject(folder());
    const owner = await generateIdentity();
    const document = { recipients: [owner.recipient], keys: KEYS.slice(3) };
    await createVault(`${root}/vault.age`, document, { identities: [owner.identity], source: "test" });
    const options = { folder: root, environment: { ...environment, CLAWS_AGE_KEY: owner.identity.reveal() } };
    const { exitCode, stdout } = await spawnClaws(["keys", "check", "--all"], options);
    expect(exitCode).toBe(3);
    expect(stdout).toContain("a2     acme  acme      2        unknown  nobody told claws how to check");
    expect(stdout).not.toContain("canary");
    expect(await spawnClaws(["keys", "check", "--agent", "a9"], options)).toMatchObject({
      exitCode: 2,
      stderr: 'claws: error: the vault has no key for agent "a9"\nclaws: hint: claws keys list\n',
    });
  });
});
