// SPDX-License-Identifier: Apache-2.0
// Every command as the real program, where it has to refuse: without a vault, credentials, engine or terminal. And the list of the tests
// that run each command for real and see it do its work, so that no command goes without.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AGENTS_AT_ONCE, atOnce } from "../../cli/atOnce.ts";
import { commandTable } from "../../cli/commandTable.ts";
import { makeProject, spawnClaws, type CliRun } from "../support/cliHarness.ts";

const NO_VAULT = "there is no vault at";
const NO_ENGINE = "cannot run pulumi: it is not on the PATH";
const NO_LABEL = "must be a DNS label in lower case that starts with a letter";

/** Words after the command's name, and how the complaint begins. */
const refusals: Readonly<Record<string, readonly [words: string, message: string]>> = {
  "vault init": ["--recipient nonsense", "--recipient must be an age recipient (age1...)"],
  "vault identity": ["--post-quantum", "no age identity was found"],
  "vault passphrase": ["", NO_VAULT],
  "vault recipients list": ["", NO_VAULT],
  "vault recipients add": ["nonsense", "RECIPIENT must be an age recipient (age1...)"],
  "vault recipients remove": ["nonsense", NO_VAULT],
  "vault recipients set": ["", "which recipients?"],
  "vault recipients accept": ["", NO_VAULT],
  "vault keychain store": ["", NO_VAULT],
  "vault keychain forget": ["", "it may be the last copy: say that you have another with --yes"],
  "vault unlock": ["now", '"claws vault unlock" takes no argument, but got 1'],
  "vault show": ["", NO_VAULT],
  "vault diff": ["", "cannot run git: it is not on the PATH"],
  "vault merge": ["-- a", "BASE, OURS, THEIRS and perhaps PATH are needed, but 1 words are there"],
  "vault git-setup": ["", "cannot run git: it is not on the PATH"],
  "vault edit": ["", "cannot edit the vault: there is no terminal, and neither VISUAL nor EDITOR names a program"],
  "vault import": ["", NO_VAULT],
  "vault credentials set": ["NONSENSE", "NAME is not the name of a credential that the vault holds"],
  "vault credentials list": ["", NO_VAULT],
  "vault credentials remove": ["NONSENSE", "NAME is not the name of a credential that the vault holds"],
  env: ["-- true", NO_VAULT],
  "operator init": ["", NO_VAULT],
  "operator show": ["", NO_VAULT],
  "keys set": ["anthropic --agent a1", NO_VAULT],
  "keys list": ["", NO_VAULT],
  "keys remove": ["anthropic --agent a1", NO_VAULT],
  "keys push": ["", NO_VAULT],
  "keys rotate": ["anthropic --agent a1", NO_ENGINE],
  "keys check": ["", "which keys? Name one with its --agent, or an --agent, or say --all"],
  "keys activate": ["anthropic --agent a1 --version 0", "--version must be a whole number from 1 up"],
  "keys revoke": ["anthropic --agent a1 --version x", "--version must be a whole number from 1 up"],
  init: ["--agent A1", `--agent ${NO_LABEL}`],
  up: ["", "DIGITALOCEAN_TOKEN is not set"],
  preview: ["", "DIGITALOCEAN_TOKEN is not set"],
  refresh: ["", 'refusing to change the state of stack "dev" without being asked: there is no terminal'],
  status: ["--interval 5", "--interval is for --watch"],
  ssh: ["A1", `AGENT ${NO_LABEL}`],
  logs: ["a1 --unit sshd", '--unit must be one of daemon, workload, system, not "sshd"'],
  destroy: ["", 'refusing to destroy stack "dev" without being asked: there is no terminal'],
  broker: ["--port 0", '--port must be a number from 1024 to 65535, not "0"'],
  watch: ["--once --install", "--once and --install exclude each other"],
  cost: ["--stack no/such/stack/name", '"no/such/stack/name" is not a stack name'],
  doctor: ["--stack no/such/stack/name", ""],
  audit: ["", NO_ENGINE],
  "tailnet policy show": ["", "missing option --operator"],
  "tailnet policy diff": [
    "--operator nobody",
    '--operator "nobody" is no user (alice@example.com), group (group:ops) or',
  ],
  "tailnet policy apply": [
    "--operator op@example.com",
    "TAILSCALE_API_KEY is not set, nor are TAILSCALE_OAUTH_CLIENT_ID",
  ],
  "image build": ["", "there is no image template in"],
  "image list": ["", "DIGITALOCEAN_TOKEN is not set"],
  "image verify": ["", NO_ENGINE],
  "image prune": ["", "DIGITALOCEAN_TOKEN is not set"],
  open: ["a1", NO_ENGINE],
  lab: ["", "there is no lab in"],
  completion: ["tcsh", "SHELL must be bash, zsh or fish"],
  version: ["now", '"claws version" takes no argument, but got 1'],
};

/** Which test file sees the real program do the command's work. */
const works: Readonly<Record<string, string>> = {
  "vault init": "cli/binary.test.ts",
  "vault identity": "cli/vaultInit.test.ts",
  "vault passphrase": "cli/vaultInit.test.ts",
  "vault recipients list": "cli/vaultInit.test.ts",
  "vault recipients add": "cli/sharedVault.test.ts",
  "vault recipients remove": "cli/sharedVault.test.ts",
  "vault recipients set": "cli/vaultInit.test.ts",
  "vault recipients accept": "cli/replacedVault.test.ts",
  "vault keychain store": "cli/keychain.test.ts",
  "vault keychain forget": "cli/keychain.test.ts",
  "vault unlock": "faults/vaultLock.test.ts",
  "vault show": "cli/vaultInGit.test.ts",
  "vault diff": "cli/vaultInGit.test.ts",
  "vault merge": "cli/vaultInGit.test.ts",
  "vault git-setup": "cli/vaultInGit.test.ts",
  "vault edit": "faults/vaultEdit.test.ts",
  "vault import": "cli/vaultImport.test.ts",
  "vault credentials set": "cli/vaultCredentials.test.ts",
  "vault credentials list": "cli/vaultCredentials.test.ts",
  "vault credentials remove": "cli/vaultCredentials.test.ts",
  env: "cli/runInPlace.test.ts",
  "operator init": "cli/sharedVault.test.ts",
  "operator show": "stories/watch.test.ts",
  "keys set": "cli/binary.test.ts",
  "keys list": "cli/binary.test.ts",
  "keys remove": "cli/removeKey.test.ts",
  "keys push": "cli/binaryKeys.test.ts",
  "keys rotate": "cli/binaryKeys.test.ts",
  "keys check": "cli/checkKeys.test.ts",
  "keys activate": "cli/binaryKeys.test.ts",
  "keys revoke": "cli/binaryKeys.test.ts",
  init: "cli/init.test.ts",
  up: "stories/ssh.test.ts",
  preview: "cli/binaryAgents.test.ts",
  refresh: "stories/refresh.test.ts",
  status: "cli/statusProgram.test.ts",
  ssh: "cli/binaryAgents.test.ts",
  logs: "cli/binaryAgents.test.ts",
  destroy: "cli/binaryAgents.test.ts",
  broker: "stories/remoteBroker.test.ts",
  watch: "cli/statusProgram.test.ts",
  cost: "cli/statusProgram.test.ts",
  doctor: "stories/watch.test.ts",
  audit: "cli/binaryAgents.test.ts",
  "tailnet policy show": "stories/remoteBroker.test.ts",
  "tailnet policy diff": "cli/policy/policyCommands.test.ts",
  "tailnet policy apply": "cli/policy/policyCommands.test.ts",
  "image build": "cli/image/buildImage.test.ts",
  "image list": "cli/image/imageCommands.test.ts",
  "image verify": "cli/image/imageCommands.test.ts",
  "image prune": "cli/image/imageCommands.test.ts",
  open: "cli/binaryAgents.test.ts",
  lab: "cli/openAndLab.test.ts",
  completion: "cli/completion/shells.test.ts",
  version: "cli/binary.test.ts",
};
/** How a test starts the real program. */
const REAL = /\b(?:spawnClaws|startClaws|startAtTerminal|createVaultWorld|makePerson|operator\.claws)\b|bin\.cjs/;
const names = commandTable.map(({ name }) => name);
const runs: Record<string, CliRun> = {};
let base = "";
let left: readonly string[] = [];

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "office-claws-refusals-"));
  const { root } = await makeProject(base);
  const environment = { HOME: join(base, "home"), PATH: "/nonexistent", CLAWS_CACHE: join(base, "cache") };
  await atOnce(Math.min(AGENTS_AT_ONCE, 4), Object.entries(refusals), async ([name, [words]]) => {
    const line = [...name.split(" "), ...words.split(" ").filter((word) => word !== "")];
    runs[name] = await spawnClaws(line, { environment, folder: root });
  });
  left = [...(await readdir(root)), ...(await readdir(base))].sort();
});
afterAll(() => rm(base, { recursive: true, force: true }));

describe("every command, as the real program", () => {
  it("is tried where it has to refuse, and is seen at work by a test", () => {
    expect(Object.keys(refusals).sort()).toEqual([...names].sort());
    expect(Object.keys(works).sort()).toEqual([...names].sort());
  });

  it.each(names.filter((name) => name !== "doctor"))(
    "%s refuses in words, with exit code 2 and nothing on stdout",
    (name) => {
      const { exitCode, stdout, stderr } = runs[name] ?? { exitCode: -1, stdout: "", stderr: "" };
      const [, message = ""] = refusals[name] ?? [];
      expect({ exitCode, stdout, isSaid: stderr.includes(`claws: error: ${message}`) ? "" : stderr }).toEqual({
        ...{ exitCode: 2, stdout: "", isSaid: "" },
      });
    },
  );

  it("doctor finds what the others refuse, as data, and exits 1", () => {
    expect(runs["doctor"]).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^ {2}FAULT {2}/m) });
  });

  it("leaves nothing behind that was not there, when it refuses", () => {
    expect(left).toEqual(["Pulumi.yaml", "cache", "project", "stacks"]);
  });

  it.each(Object.entries(works))("%s is run for real by %s", async (name, file) => {
    const text = await readFile(join(import.meta.dirname, "..", file), "utf8");
    const line = name.split(" ");
    const spellings = [`"${line.join('", "')}"`, name, `"${line.join('",\n      "')}"`];
    const isNamed = spellings.some((spelling) => text.includes(spelling));
    expect({ isNamed, isReal: REAL.test(text) }).toEqual({ isNamed: true, isReal: true });
  });
});
