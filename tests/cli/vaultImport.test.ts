// SPDX-License-Identifier: Apache-2.0
// `claws vault import` as it is typed: the real program, a real vault.
import { readFile } from "node:fs/promises";
import { readVault } from "../../cli/vault.ts";
import { makeProject, spawnClaws, type CliRun } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { makeTestVault, type TestVault } from "../support/testVault.ts";

const folder = scratchFolder();
let vault: TestVault;
let root = "";
let environment: Record<string, string> = {};

beforeEach(async () => {
  const project = await makeProject(folder());
  root = project.root;
  vault = await makeTestVault(root);
  environment = { ...project.environment, CLAWS_AGE_KEY: vault.owner.identity.reveal() };
});

async function importText(input: string, ...words: readonly string[]): Promise<CliRun> {
  const run = await spawnClaws(["vault", "import", ...words], { environment, folder: root, input });
  expect(run.stdout + run.stderr).not.toContain("canary");
  return run;
}

describe("claws vault import", () => {
  it("takes a .env file and says what became of each name", async () => {
    const text = `# keys\r\nexport OPENAI_API_KEY="sk-or-v1-${"c0ffee99".repeat(8)}"\r\nDIGITALOCEAN_TOKEN='dop_canary'\r\nX=1\r\n`;
    const run = await importText(text, "--agent", "a1", "--ignore-others");
    expect(run).toEqual({
      exitCode: 0,
      stdout: [
        "VARIABLE            BECOMES             CHANGE",
        "OPENAI_API_KEY      a1/openai           new, version 1",
        "DIGITALOCEAN_TOKEN  DIGITALOCEAN_TOKEN  new",
        "X                   -                   ignored",
        "",
      ].join("\n"),
      stderr:
        "claws: OPENAI_API_KEY: warning: this looks like an OpenRouter key, not like one for openai; it is taken as you named it\n",
    });
    const { keys, credentials } = await readVault(vault.access);
    expect(keys.map(({ agent, name, version }) => [agent, name, version])).toEqual([["a1", "openai", 1]]);
    expect(credentials?.map(({ name, value }) => [name, value.reveal()])).toEqual([
      ["DIGITALOCEAN_TOKEN", "dop_canary"],
    ]);
  });

  it("takes JSON and prints JSON", async () => {
    const run = await importText('{"ANTHROPIC_API_KEY":"canary-1"}', "--agent", "a1", "--format", "json", "--json");
    expect(JSON.parse(run.stdout)).toEqual([
      { variable: "ANTHROPIC_API_KEY", becomes: "a1/anthropic", action: "new", version: 1 },
    ]);
  });

  it("writes nothing with --dry-run, nothing when all is there, and nothing when one name is unknown", async () => {
    const text = "ANTHROPIC_API_KEY=canary-1\n";
    const before = await readFile(vault.path);
    expect(await importText(text, "--agent", "a1", "--dry-run")).toMatchObject({
      exitCode: 0,
      stderr: "claws: nothing was written: --dry-run\n",
    });
    expect(await readFile(vault.path)).toEqual(before);

    expect((await importText(text, "--agent", "a1")).exitCode).toBe(0);
    const stored = await readFile(vault.path);
    expect((await importText(text, "--agent", "a1")).stdout).toContain("unchanged, version 1");
    expect(await importText(`${text}OTHER=canary-2\nOPENAI_API_KEY=canary-3`, "--agent", "a1")).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: [
        "claws: error: nothing was imported: no place is known for OTHER",
        "claws: hint: leave them out with --ignore-others, or say what they are: --map VARIABLE=PROVIDER",
        "",
      ].join("\n"),
    });
    expect(await readFile(vault.path)).toEqual(stored);
  });

  it("refuses a wrong agent, a wrong format and no text", async () => {
    const complaint = async (input: string, ...words: string[]): Promise<string> =>
      (await importText(input, ...words)).stderr.split("\n")[0] ?? "";
    expect(await complaint("OPENAI_API_KEY=canary", "--agent", "A_1")).toContain("--agent must be a DNS label");
    expect(await complaint("x", "--format", "yaml")).toContain("--format must be one of dotenv, json, sops");
    expect(await complaint("", "--agent", "a1")).toContain("nothing to import: the text is empty");
    expect(await complaint("X".repeat(1024 * 1024 + 1))).toContain("cannot import more than 1048576 bytes");
  });
});
