// SPDX-License-Identifier: Apache-2.0
// Cloud credentials and keys as they are typed: the real program, a real vault, a real terminal.
import { join } from "node:path";
import { readVault } from "../../cli/vault.ts";
import { makeProject, spawnClaws, type CliRun } from "../support/cliHarness.ts";
import { startAtTerminal } from "../support/pseudoTerminal.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { makeTestVault, type TestVault } from "../support/testVault.ts";

const folder = scratchFolder();
const program = join(import.meta.dirname, "..", "..", "cli", "bin.cjs");
let vault: TestVault;
let root = "";
let environment: Record<string, string> = {};

beforeEach(async () => {
  const project = await makeProject(folder());
  root = project.root;
  vault = await makeTestVault(root);
  environment = { ...project.environment, CLAWS_AGE_KEY: vault.owner.identity.reveal() };
});

async function claws(words: readonly string[], input?: string, more: Record<string, string> = {}): Promise<CliRun> {
  const run = await spawnClaws(words, {
    environment: { ...environment, ...more },
    folder: root,
    ...(input === undefined ? {} : { input }),
  });
  expect(run.stdout + run.stderr).not.toContain("canary");
  return run;
}

async function stored(): Promise<Readonly<Record<string, string>>> {
  const { credentials = [] } = await readVault(vault.access);
  return Object.fromEntries(credentials.map(({ name, value }) => [name, value.reveal()]));
}

const set = ["vault", "credentials", "set"];

describe("a cloud credential", () => {
  it("is stored from stdin, without its last line break, and a passphrase keeps its spaces", async () => {
    const first = await claws([...set, "DIGITALOCEAN_TOKEN"], "dop_canary\r\n");
    expect(first).toEqual({ exitCode: 0, stdout: "stored DIGITALOCEAN_TOKEN\n", stderr: "" });
    await claws([...set, "PULUMI_CONFIG_PASSPHRASE"], " canary pässphrase \n");
    await claws([...set, "DIGITALOCEAN_TOKEN"], "dop_canary_2");
    expect(await stored()).toEqual({
      DIGITALOCEAN_TOKEN: "dop_canary_2",
      PULUMI_CONFIG_PASSPHRASE: " canary pässphrase ",
    });
  });

  it("is stored from a prompt that does not echo", async () => {
    const terminal = startAtTerminal([process.execPath, program, ...set, "DIGITALOCEAN_TOKEN"], {
      folder: root,
      environment,
    });
    await terminal.shows("DIGITALOCEAN_TOKEN (not shown): ");
    terminal.type("typed-canary\r");
    expect(await terminal.exitCode).toBe(0);
    expect(terminal.screen()).not.toContain("canary");
    expect(await stored()).toEqual({ DIGITALOCEAN_TOKEN: "typed-canary" });
  });

  it.each([
    ["nothing", "", "the credential is empty"],
    ["two lines", "canary\nmore\n", "the credential must be 1 to 4096 bytes of text on one line"],
    ["no text", "canary\u0000", "the credential must be 1 to 4096 bytes of text on one line"],
    ["too much", "canary".repeat(20_000), "the credential must be 1 to 4096 bytes of text on one line"],
  ])("is not stored when it is %s", async (_, input, message) => {
    const run = await claws([...set, "DIGITALOCEAN_TOKEN"], input);
    expect([run.exitCode, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain(`claws: error: ${message}\n`);
    expect(await stored()).toEqual({});
  });

  it("is refused in the arguments, wherever it stands, and not shown", async () => {
    for (const words of [
      [...set, "DIGITALOCEAN_TOKEN", "dop_canary"],
      [...set, "dop_canary"],
      [...set, "DIGITALOCEAN_TOKEN", "--value", "dop_canary"],
      [...set, "DIGITALOCEAN_TOKEN=dop_canary"],
      ["vault", "credentials", "remove", "dop_canary"],
      ["vault", "import", "dop_canary"],
    ])
      expect((await claws(words)).exitCode).toBe(2);
    expect(await stored()).toEqual({});
  });

  it("is listed by name, with whether it is used, and removed by name", async () => {
    await claws([...set, "DIGITALOCEAN_TOKEN"], "dop_canary");
    await claws([...set, "TAILSCALE_API_KEY"], "ts_canary");
    const list = ["vault", "credentials", "list"];
    const day = /\d{4}-\d\d-\d\d/g;
    expect(
      (await claws(list, undefined, { DIGITALOCEAN_ACCESS_TOKEN: "mine" })).stdout.replace(day, "THE-DAY   "),
    ).toBe(
      [
        "CREDENTIAL          STORED      USED",
        "DIGITALOCEAN_TOKEN  THE-DAY     no, the environment wins",
        "TAILSCALE_API_KEY   THE-DAY     yes",
        "",
      ].join("\n"),
    );
    expect(JSON.parse((await claws([...list, "--json"])).stdout)).toMatchObject([
      { name: "DIGITALOCEAN_TOKEN", used: true },
      { name: "TAILSCALE_API_KEY", used: true },
    ]);
    const remove = ["vault", "credentials", "remove", "DIGITALOCEAN_TOKEN"];
    expect(await claws(remove)).toEqual({
      exitCode: 0,
      stdout: "removed DIGITALOCEAN_TOKEN from the vault\n",
      stderr: "",
    });
    expect((await claws(remove)).exitCode).toBe(2);
    expect(Object.keys(await stored())).toEqual(["TAILSCALE_API_KEY"]);
  });
});

describe("a key that looks like another provider's", () => {
  it("is stored all the same, with a warning", async () => {
    const run = await claws(["keys", "set", "openai", "--agent", "a1"], `sk-ant-api03-${"x".repeat(93)}AA`);
    expect(run).toEqual({
      exitCode: 0,
      stdout: "stored openai for a1, version 1\n",
      stderr: [
        "claws: warning: this looks like an Anthropic API key, not like one for openai; it is taken as you named it",
        "claws: the agent may use it for 30 days from each push",
        "",
      ].join("\n"),
    });
  });
});
