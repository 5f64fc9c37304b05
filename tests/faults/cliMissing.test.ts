// SPDX-License-Identifier: Apache-2.0
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CliRun } from "../support/cliHarness.ts";
import { startFakeLocalApi, statusDocument, type FakeLocalApi } from "../support/fakeLocalApi.ts";
import { makeFakePulumi, type FakeAnswer } from "../support/fakePulumi.ts";
import { scratchFolder, writeScript } from "../support/scratchFolder.ts";
import { createVaultWorld, setFor, type VaultWorld } from "./support/vaultWorld.ts";

const folder = scratchFolder();
let shared = "";
let world: VaultWorld;
let cloud: Server;
let localApi: FakeLocalApi;
let status = 200;
let environment: Record<string, string> = {};
/** Methods and paths of all that DigitalOcean and the engine were asked. */
const asked: string[] = [];

beforeAll(async () => {
  shared = await mkdtemp(join(tmpdir(), "office-claws-missing-"));
  cloud = createServer((request, response) => {
    asked.push(request.method ?? "");
    const account = { account: { status: "active", droplet_limit: 10 } };
    response.writeHead(status).end(JSON.stringify(status === 200 ? account : { id: "no" }));
  }).listen(0, "127.0.0.1");
  await once(cloud, "listening");
});
afterAll(async () => {
  cloud.close();
  await rm(shared, { recursive: true, force: true });
});
beforeEach(async () => {
  status = 200;
  asked.length = 0;
  world = await createVaultWorld(folder(), join(shared, "cache"));
  localApi = await startFakeLocalApi(join(folder(), "tailscaled.sock"));
  const pack = await writeScript(join(folder(), "pack"), "");
  environment = {
    PATH: await pathWith(),
    CLAWS_POLICY_PACK: pack,
    CLAWS_TAILSCALE_SOCKET: localApi.socketPath,
    DIGITALOCEAN_API_URL: `http://127.0.0.1:${(cloud.address() as AddressInfo).port}`,
    DIGITALOCEAN_TOKEN: "t",
    TAILSCALE_API_KEY: "k",
    PULUMI_CONFIG_PASSPHRASE: "p",
  };
});
afterEach(() => localApi.close());

/** A PATH with this machine's Node, or the script in its place, or none, and nothing else. */
async function pathWith(node = "node"): Promise<string> {
  const bin = join(folder(), "only");
  await rm(bin, { recursive: true, force: true });
  await mkdir(bin);
  if (node === "node") await symlink(process.execPath, join(bin, "node"));
  else if (node !== "") await writeScript(join(bin, "node"), node);
  return bin;
}

async function engine(...answers: readonly FakeAnswer[]): Promise<() => Promise<readonly string[]>> {
  const { folder: bin, calls } = await makeFakePulumi(join(folder(), "bin"), answers);
  environment["PATH"] = `${bin}:${environment["PATH"] ?? ""}`;
  return async () => (await calls()).map(({ words }) => words[0] ?? "");
}

/** Runs a command that must say what is missing in one line, with a way out, and change nothing. */
async function expectOneLine(words: readonly string[], error: string | RegExp): Promise<CliRun> {
  const before = await world.bytes();
  const run = await world.claws(words, { extra: environment });
  const errors = run.stderr.split("\n").filter((line) => line.startsWith("claws: error: "));
  expect({ words, exitCode: run.exitCode === 1 || run.exitCode === 2, stdout: run.stdout }).toEqual({
    words,
    exitCode: true,
    stdout: "",
  });
  expect(errors).toEqual([typeof error === "string" ? `claws: error: ${error}` : expect.stringMatching(error)]);
  expect(run.stderr).toContain("claws: hint: ");
  expect(run.stderr).not.toMatch(/^\s+at /m);
  expect((await world.bytes()).equals(before)).toBe(true);
  expect(await world.beside()).toEqual([]);
  expect(asked.filter((method) => method !== "GET")).toEqual([]);
  return run;
}

describe("a Node that is too old", () => {
  const pretend = 'Object.defineProperty(process.versions, "node", { value: "20.19.0" });';

  it.each([[["keys", "list"]], [setFor("a1")], [["up"]], [["vault", "init", "--vault", "x.age"]]])(
    "26 is told by claws %j before anything is loaded",
    async (words) => {
      const node = ["--import", `data:text/javascript,${encodeURIComponent(pretend)}`];
      const { exitCode, stdout, stderr } = await world.claws(words, { node, extra: environment, input: "sk-x" });
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
      expect(stderr.split("\n")[0]).toMatch(/^claws: error: Node 20\.19\.0 is too old: claws needs 22\.18 or newer$/);
      expect(await world.beside()).toEqual([]);
    },
  );

  it.each(["up", "preview"])("26 on the PATH, where the engine finds it, is told by claws %s", async (command) => {
    environment["PATH"] = await pathWith("echo 18.20.4 /usr/bin/node");
    const calls = await engine({ when: "stack select" });
    await expectOneLine([command], "node /usr/bin/node is version 18.20.4, and the program needs 22.18 or later");
    environment["PATH"] = await pathWith("");
    await expectOneLine([command], "node is not on the PATH");
    expect(await calls()).toEqual([]);
  });
});

describe("programs that are missing", () => {
  it.each([["up"], ["preview"], ["status"], ["destroy", "--yes"], ["keys", "push"]])(
    "26 pulumi: told by claws %s",
    async (...words) => {
      await expectOneLine(words, "cannot run pulumi: it is not on the PATH");
    },
  );

  it("26 tailscale: told by claws up before anything is made, and by claws keys push", async () => {
    const calls = await engine({ when: "stack output", stdout: "{}" });
    await localApi.close();
    await expectOneLine(["up"], /^claws: error: cannot ask tailscaled at ".*": the socket does not exist$/);
    expect((await calls()).filter((word) => word === "up")).toEqual([]);
  });
});

describe("logins that are missing", () => {
  it.each(["NeedsLogin", "Stopped", "NeedsMachineAuth"])(
    "26 a tailscaled in state %s is told by claws up before anything is made",
    async (state) => {
      const calls = await engine({ when: "stack select" });
      localApi.status = statusDocument({ BackendState: state });
      await expectOneLine(["up"], `this machine is not on the tailnet: tailscaled is in state ${state}`);
      expect(await calls()).toEqual([]);
    },
  );

  it.each<[string, string]>([
    [
      "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions",
      "you are not logged in where its state is kept",
    ],
    [
      "error: [401] Unauthorized: No credentials provided or are invalid.",
      "you are not logged in where its state is kept",
    ],
    [
      'error: unable to open state directory "file:///x": stat /x: no such file or directory',
      "the place where its state is kept cannot be reached",
    ],
    [
      'error: performing HTTP request: Get "https://api.pulumi.com/api/user": dial tcp: no route',
      "the place where its state is kept cannot be reached",
    ],
    ["error: incorrect passphrase", "the passphrase in PULUMI_CONFIG_PASSPHRASE is not the one of this stack"],
  ])("26 where the engine says %j, claws says it in one line", async (stderr, cause) => {
    await engine({ when: "stack", stderr: `${stderr}\n`, code: 255 });
    for (const words of [["up"], ["status"]])
      await expectOneLine(words, new RegExp(`^claws: error: cannot \\w+ the stack: ${cause}$`));
  });

  it.each<[string, Record<string, string>, string]>([
    ["DigitalOcean's token", { DIGITALOCEAN_TOKEN: "" }, "DIGITALOCEAN_TOKEN is not set"],
    ["the tailnet's credentials", { TAILSCALE_API_KEY: "" }, "TAILSCALE_API_KEY is not set, nor are"],
    ["the stack's passphrase", { PULUMI_CONFIG_PASSPHRASE: "" }, "PULUMI_CONFIG_PASSPHRASE is not set or empty"],
  ])("26 %s is told before the engine starts", async (_, extra, message) => {
    const calls = await engine({ when: "stack select" });
    Object.assign(environment, extra);
    for (const words of [["up"], ["preview"], ["destroy", "--yes"]])
      await expectOneLine(words, new RegExp(`^claws: error: ${message}`));
    expect(await calls()).toEqual([]);
  });

  it.each([
    [401, /^claws: error: DigitalOcean refuses the credentials in DIGITALOCEAN_TOKEN$/],
    [403, /^claws: error: DigitalOcean does not let the credentials in DIGITALOCEAN_TOKEN do "GET \/v2\/account"$/],
  ])("26 a token that DigitalOcean answers with %i is told before the engine starts", async (code, error) => {
    const calls = await engine({ when: "stack select" });
    status = code;
    await expectOneLine(["up"], error);
    expect(await calls()).toEqual([]);
  });

  it("26 an age identity is told by every command that opens the vault", async () => {
    await engine({ when: "stack select" }, { when: "stack output", stdout: "{}" });
    environment["CLAWS_AGE_KEY"] = "";
    for (const words of [["up"], ["keys", "list"], ["keys", "push"], ["operator", "show"]])
      await expectOneLine(words, `cannot open the vault "${world.path}": no age identity was found`);
  });
});
