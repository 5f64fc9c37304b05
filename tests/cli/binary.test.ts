// SPDX-License-Identifier: Apache-2.0
// The real program as a child process: what a user or a script sees.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { access, readFile, readdir, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { commandTable } from "../../cli/commandTable.ts";
import { generateIdentity } from "../../cli/ageFile.ts";
import { makeProject, spawnClaws, type CliRun } from "../support/cliHarness.ts";
import { makeFakePulumi } from "../support/fakePulumi.ts";
import { cacheFolder, scratchFolder } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const cache = cacheFolder();
const CANARY = "sk-ant-canary-0f9e8d7c";
let root = "";
let environment: Record<string, string> = {};

beforeEach(async () => {
  ({ root, environment } = await makeProject(folder()));
  environment["CLAWS_CACHE"] = cache();
});

async function claws(words: readonly string[], extra: Record<string, string> = {}, input = ""): Promise<CliRun> {
  const run = await spawnClaws(words, { environment: { ...environment, ...extra }, folder: root, input });
  expect(run.stdout + run.stderr).not.toContain(CANARY);
  return run;
}

async function makeVault(): Promise<void> {
  expect((await claws(["vault", "init"])).exitCode).toBe(0);
}

const credentials = { DIGITALOCEAN_TOKEN: "t", TAILSCALE_API_KEY: "k", PULUMI_CONFIG_PASSPHRASE: "p" };

describe("claws", () => {
  it("without words prints its commands to stderr and exits 2", async () => {
    const { exitCode, stdout, stderr } = await claws([]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain("usage: claws COMMAND");
  });

  it.each(commandTable.map(({ name }) => [name]))("%s --help prints help to stdout and exits 0", async (name) => {
    const { exitCode, stdout, stderr } = await claws([...name.split(" "), "--help"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(new RegExp(`^usage: claws ${name}`));
  });

  it.each([
    [["statsu"], 'unknown command "statsu"', 'did you mean "claws status"?'],
    [["keys", "lst"], 'unknown command "keys lst"', 'did you mean "claws keys list"?'],
    [["kyes", "list"], 'unknown command "kyes"', 'did you mean "claws keys list"?'],
    [["status", "--jsn"], "unknown option --jsn", "did you mean --json?"],
  ])("%j is refused with a suggestion, on stderr only", async (words, error, hint) => {
    const run = await claws(words);
    expect(run).toEqual({ exitCode: 2, stdout: "", stderr: `claws: error: ${error}\nclaws: hint: ${hint}\n` });
  });

  it("is what package.json calls claws", async () => {
    const { bin, scripts } = JSON.parse(
      await readFile(join(import.meta.dirname, "..", "..", "package.json"), "utf8"),
    ) as Record<string, Record<string, string>>;
    expect({ bin, script: scripts?.["claws"] }).toEqual({ bin: { claws: "cli/bin.cjs" }, script: "node cli/bin.cjs" });
    expect(await claws(["version"])).toEqual({ exitCode: 0, stdout: "0.1.0\n", stderr: "" });
  });

  it("says as JSON what a report of a fault should name: the engine on the PATH, too", async () => {
    const versions = { version: "0.1.0", node: process.version, platform: `${process.platform}-${process.arch}` };
    const none = await claws(["version", "--json"], { PATH: "/nonexistent" });
    expect(JSON.parse(none.stdout)).toEqual({ ...versions, engine: null });
    const { folder: bin } = await makeFakePulumi(join(folder(), "bin"), []);
    const known = await claws(["version", "--json"], { PATH: bin });
    expect(JSON.parse(known.stdout)).toEqual({ ...versions, engine: "v3.259.0" });
  });

  it.each([
    [["help"], "usage: claws COMMAND"],
    [["help", "keys"], "usage: claws keys COMMAND"],
    [["help", "keys", "set"], "usage: claws keys set NAME --agent NAME [OPTIONS]"],
    [["keys", "set", "-h"], "usage: claws keys set NAME --agent NAME [OPTIONS]"],
    [["--no-color", "keys", "--help"], "usage: claws keys COMMAND"],
  ])("%j prints help to stdout and exits 0", async (words, usage) => {
    const { exitCode, stdout, stderr } = await claws(words);
    expect({ exitCode, stderr, usage: stdout.startsWith(usage) }).toEqual({ exitCode: 0, stderr: "", usage: true });
  });

  it("loads neither the engine's SDK nor yargs nor the age package for help and keys list", async () => {
    await makeVault();
    // What Node prints is hundreds of kilobytes: only what counts is picked out of it.
    const picked = /\b(?:runProcess|readAgeFile)\.ts|node_modules\/(?:@pulumi|yargs|age-encryption|@noble)/g;
    const loaded = async (words: readonly string[]): Promise<ReadonlySet<string>> =>
      new Set((await claws(words, { NODE_DEBUG: "esm,module", CLAWS_BUNDLE: "no" })).stderr.match(picked));
    expect(await loaded(["--help"])).toEqual(new Set(["runProcess.ts"]));
    expect(await loaded(["keys", "list"])).toEqual(new Set(["runProcess.ts", "readAgeFile.ts"]));
  });

  it("does not mind a reader that goes away", async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "..", "..", "cli", "bin.cjs"), "--help"], {
      cwd: root,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(child, "close")) as [number];
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("keeps its compiled code in the user's own cache, never in a folder that all users share", async () => {
    await claws(["--help"], { CLAWS_CACHE: "" });
    expect(await readdir(join(environment["HOME"] ?? "", ".cache", "office-claws"))).toEqual(["compiled"]);
  });
});

describe("claws vault init", () => {
  it("makes an identity and a vault, both 0600, and never again", async () => {
    const first = await claws(["vault", "init", "--json"]);
    expect(first.exitCode).toBe(0);
    const made = JSON.parse(first.stdout) as Record<string, unknown>;
    const identity = join(environment["HOME"] ?? "", ".config", "office-claws", "identity.txt");
    expect(made).toEqual({
      vault: join(root, "vault.age"),
      recipients: [expect.stringMatching(/^age1[a-z0-9]{58}$/)],
      operatorKey: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      identity,
      newIdentity: true,
    });
    expect((await stat(identity)).mode & 0o777).toBe(0o600);
    expect((await stat(join(root, "vault.age"))).mode & 0o777).toBe(0o600);
    expect(first.stdout + first.stderr).not.toContain("AGE-SECRET-KEY");
    const before = await Promise.all([readFile(identity), readFile(join(root, "vault.age"))]);
    expect((await claws(["vault", "init"])).exitCode).toBe(2);
    expect(await Promise.all([readFile(identity), readFile(join(root, "vault.age"))])).toEqual(before);
  });

  it("uses the identity that is there and adds recipients", async () => {
    const [own, other] = [await generateIdentity(), await generateIdentity()];
    const extra = { CLAWS_AGE_KEY: own.identity.reveal() };
    const { stdout } = await claws(["vault", "init", "--json", "--recipient", other.recipient], extra);
    expect(JSON.parse(stdout)).toMatchObject({
      recipients: [own.recipient, other.recipient],
      identity: "CLAWS_AGE_KEY",
      newIdentity: false,
    });
    expect(await readdir(folder())).not.toContain("home/.config");
  });

  it("refuses a recipient that is none before it makes anything, and does not show a pasted identity", async () => {
    const { identity } = await generateIdentity();
    const { exitCode, stderr } = await claws(["vault", "init", "--recipient", identity.reveal()]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: "claws: error: --recipient got an identity (private), not a recipient (age1...)\n",
    });
    expect(await readdir(root)).toEqual(["Pulumi.yaml", "stacks"]);
  });

  it("needs a project or a path", async () => {
    const outside = await spawnClaws(["vault", "init"], { environment, folder: folder() });
    expect(outside.exitCode).toBe(2);
    expect(outside.stderr).toContain("claws: error: no Pulumi.yaml in");
    const path = join(folder(), "elsewhere.age");
    const named = await spawnClaws(["vault", "init", "--vault", path], { environment, folder: folder() });
    expect(named.exitCode).toBe(0);
    await access(path);
  });
});

describe("claws keys set", () => {
  it("takes the key from stdin and counts its versions", async () => {
    await makeVault();
    for (const [version, input] of [
      [1, CANARY],
      [2, `${CANARY}2\n`],
      [3, `${CANARY}3\r\n`],
    ] as const) {
      const run = await claws(["keys", "set", "anthropic", "--agent", "a1"], {}, input);
      const stderr = "claws: the agent may use it for 30 days from each push\n";
      expect(run).toEqual({ exitCode: 0, stdout: `stored anthropic for a1, version ${version}\n`, stderr });
    }
    const { stdout } = await claws(["keys", "list", "--json"]);
    expect(JSON.parse(stdout)).toEqual([
      {
        agent: "a1",
        name: "anthropic",
        provider: "anthropic",
        version: 3,
        created: expect.any(String),
        notAfter: null,
      },
    ]);
    const table = await claws(["keys", "list"]);
    expect(table.stdout).toMatch(
      /^AGENT {2}KEY {8}PROVIDER {3}VERSION {2}CREATED {5}USABLE\na1 {5}anthropic {2}anthropic {2}3 /,
    );
  });

  it.each([
    ["as a second word", ["anthropic", CANARY, "--agent", "a1"]],
    ["behind --value", ["anthropic", "--agent", "a1", "--value", CANARY]],
    ["behind --key=", ["anthropic", "--agent", "a1", `--key=${CANARY}`]],
    ["before its name", [CANARY, "anthropic", "--agent", "a1"]],
  ])("refuses a key given %s with the reason, and changes nothing", async (_, words) => {
    await makeVault();
    const before = await readFile(join(root, "vault.age"));
    const { exitCode, stdout, stderr } = await claws(["keys", "set", ...words]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(
      "claws: error: a key must not be given as an argument: every user of this machine can read",
    );
    expect(stderr).toContain("claws: hint: pipe it instead");
    expect(await readFile(join(root, "vault.age"))).toEqual(before);
  });

  it("does not show a key that was given in place of the name", async () => {
    await makeVault();
    const { exitCode, stderr } = await claws(["keys", "set", `${CANARY}-and-some-more`, "--agent", "a1"], {}, "x");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("a key must not be given as an argument");
  });

  it.each([
    ["an empty key", "", "the key is empty"],
    ["a line break alone", "\n", "the key is empty"],
    [
      "two lines",
      `${CANARY}\n${CANARY}\n`,
      "the key must be 1 to 4096 printable ASCII characters without spaces, on one line",
    ],
    ["a space", `${CANARY} x`, "the key must be 1 to 4096 printable ASCII characters without spaces, on one line"],
    [
      "a huge key",
      "x".repeat(100_000),
      "the key must be 1 to 4096 printable ASCII characters without spaces, on one line",
    ],
  ])("refuses %s and changes nothing", async (_, input, message) => {
    await makeVault();
    const before = await readFile(join(root, "vault.age"));
    const { exitCode, stderr } = await claws(["keys", "set", "anthropic", "--agent", "a1"], {}, input);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`claws: error: ${message}\n`);
    expect(await readFile(join(root, "vault.age"))).toEqual(before);
  });

  it.each([
    [["anthropic", "--agent", "A1"], "--agent must be a DNS label in lower case that starts with a letter"],
    [["anthropic", "--agent", "a1;rm"], "--agent must be a DNS label in lower case that starts with a letter"],
    [["anthropic", "--agent", "а1"], "--agent must be a DNS label in lower case that starts with a letter"],
    [
      ["Anthropic", "--agent", "a1"],
      "NAME must be lower-case letters, digits and hyphens after a letter, at most 63 characters",
    ],
    [
      ["anthropic", "--agent", "a1", "--provider", "Acme!"],
      "--provider must be a provider's ID: lower-case letters, digits and hyphens, at most 32 characters",
    ],
    [["mykey", "--agent", "a1"], 'which provider is key "mykey" for?'],
  ])("refuses %j: %s", async (words, message) => {
    await makeVault();
    const { exitCode, stderr } = await claws(["keys", "set", ...words], {}, CANARY);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`claws: error: ${message}\n`);
  });
});

describe("claws with a vault that cannot be used", () => {
  it.each([
    ["is missing", async () => Promise.resolve(), "there is no vault at"],
    [
      "is cut off",
      async () => makeVault().then(() => truncate(join(root, "vault.age"), 200)),
      "it is damaged or cut off",
    ],
    [
      "is empty",
      async () => makeVault().then(() => truncate(join(root, "vault.age"), 0)),
      "it is empty, not an age file",
    ],
  ])("exits 2 and names the file when it %s", async (_, prepare, cause) => {
    await prepare();
    const { exitCode, stdout, stderr } = await claws(["keys", "list"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(`"${join(root, "vault.age")}"`);
    expect(stderr).toContain(cause);
  });

  it("exits 2 for another's identity and names where it came from", async () => {
    await makeVault();
    const { identity } = await generateIdentity();
    const path = join(folder(), "other.txt");
    await writeFile(path, identity.reveal(), { mode: 0o600 });
    const { exitCode, stderr } = await claws(["keys", "list"], { CLAWS_AGE_KEY_FILE: path });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("no identity matches its recipients");
    expect(stderr).toContain(`claws: hint: identity used: ${path}\n`);
  });
});

describe("claws up before the engine starts", () => {
  it.each([
    ["no token", { DIGITALOCEAN_TOKEN: "" }, "DIGITALOCEAN_TOKEN is not set"],
    ["no Tailscale credentials", { TAILSCALE_API_KEY: "" }, "TAILSCALE_API_KEY is not set, nor are"],
    [
      "two kinds of Tailscale credentials",
      { TAILSCALE_OAUTH_CLIENT_ID: "i" },
      "TAILSCALE_API_KEY and TAILSCALE_OAUTH_CLIENT_ID are both set",
    ],
    ["an empty passphrase", { PULUMI_CONFIG_PASSPHRASE: "" }, "PULUMI_CONFIG_PASSPHRASE is not set or empty"],
    [
      "an API that is not there",
      { DIGITALOCEAN_API_URL: "http://127.0.0.1:1" },
      "cannot reach DigitalOcean at http://127.0.0.1:1: connection refused",
    ],
    [
      "an API address that is none",
      { DIGITALOCEAN_API_URL: "ftp://x" },
      "DIGITALOCEAN_API_URL must be an http or https URL",
    ],
    [
      "a policy pack that is not there",
      { CLAWS_POLICY_PACK: "/nonexistent" },
      'cannot use the policy pack "/nonexistent"',
    ],
  ])("exits 2 for %s", async (_, extra, message) => {
    const { exitCode, stdout, stderr } = await claws(["up"], { ...credentials, ...extra });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(`claws: error: ${message}`);
    expect(stderr).toContain("claws: hint: ");
  });

  it("exits 2 for a stack without a configuration file, and for a stack that is no name", async () => {
    const missing = await claws(["up", "--stack", "prod"], credentials);
    expect(missing.exitCode).toBe(2);
    expect(missing.stderr).toContain(`"${join(root, "stacks", "Pulumi.prod.yaml")}" does not exist`);
    expect((await claws(["up", "--stack", "a b"], credentials)).stderr).toContain('"a b" is not a stack name');
  });

  it("exits 2 for a token that DigitalOcean refuses", async () => {
    const server = createServer((_, response) => response.writeHead(401).end('{"id":"Unauthorized"}')).listen(
      0,
      "127.0.0.1",
    );
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { exitCode, stderr } = await claws(["up"], { ...credentials, DIGITALOCEAN_API_URL: url });
    server.close();
    expect(exitCode).toBe(2);
    expect(stderr).toContain("claws: error: DigitalOcean refuses the credentials in DIGITALOCEAN_TOKEN\n");
  });
});

describe("claws destroy", () => {
  it("without a terminal and without --yes exits 2 before it asks any service", async () => {
    const { exitCode, stderr } = await claws(["destroy"]);
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      'claws: error: refusing to destroy stack "dev" without being asked: there is no terminal\nclaws: hint: say it with --yes\n',
    );
  });
});

describe("an interrupted command", () => {
  it("ends with 130 at the first Ctrl-C and leaves nothing behind", async () => {
    await makeVault();
    const program = join(import.meta.dirname, "..", "..", "cli", "bin.cjs");
    const child = spawn(process.execPath, [program, "keys", "set", "anthropic", "--agent", "a1"], {
      cwd: root,
      env: { ...environment, CLAWS_AGE_KEY_CMD: "echo ready >&2; sleep 60" },
    });
    let stderr = "";
    const ready = new Promise<void>((resolve) => {
      child.stderr.on("data", (chunk: Buffer) => {
        stderr += chunk.toString();
        if (stderr.includes("ready")) resolve();
      });
    });
    await ready;
    child.kill("SIGINT");
    const [code] = (await once(child, "exit")) as [number];
    child.stderr.destroy();
    expect(code).toBe(130);
    expect(stderr).toContain("claws: error: interrupted: the command was left; nothing is half-written");
    expect((await readdir(root)).sort()).toEqual(["Pulumi.yaml", "stacks", "vault.age"]);
  });
});
