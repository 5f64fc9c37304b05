// SPDX-License-Identifier: Apache-2.0
// The CLI and a program in the engine's place: which words it is run with, and what each of its answers becomes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openStack } from "../../cli/stack.ts";
import { makeProject, spawnClaws, type CliRun } from "../support/cliHarness.ts";
import { eventually } from "../support/eventually.ts";
import { startFakeLocalApi, type FakeLocalApi } from "../support/fakeLocalApi.ts";
import { makeFakePulumi, type FakeAnswer, type FakePulumi } from "../support/fakePulumi.ts";
import { cacheFolder, scratchFolder, writeScript } from "../support/scratchFolder.ts";

const folder = scratchFolder();
const cache = cacheFolder();
let root = "";
let environment: Record<string, string> = {};
let pulumi: FakePulumi;
let cloud: Server;
let localApi: FakeLocalApi;

beforeEach(async () => {
  ({ root, environment } = await makeProject(folder()));
  cloud = createServer((_, response) => {
    response.end(JSON.stringify({ account: { status: "active", droplet_limit: 10 } }));
  }).listen(0, "127.0.0.1");
  await once(cloud, "listening");
  const pack = await writeScript(join(folder(), "pack"));
  await mkdir(environment["HOME"] ?? "");
  localApi = await startFakeLocalApi(join(folder(), "tailscaled.sock"));
  environment = {
    ...environment,
    CLAWS_CACHE: cache(),
    CLAWS_POLICY_PACK: pack,
    CLAWS_TAILSCALE_SOCKET: localApi.socketPath,
    CLAWS_AGE_KEY: "AGE-SECRET-KEY-1CANARY",
    DIGITALOCEAN_API_URL: `http://127.0.0.1:${(cloud.address() as AddressInfo).port}`,
    DIGITALOCEAN_TOKEN: "dop_canary",
    TAILSCALE_API_KEY: "tskey-canary",
    PULUMI_CONFIG_PASSPHRASE: "canary",
  };
});
afterEach(async () => {
  cloud.close();
  await localApi.close();
});

async function answering(...answers: readonly FakeAnswer[]): Promise<void> {
  pulumi = await makeFakePulumi(join(folder(), "bin"), answers);
  environment["PATH"] = `${pulumi.folder}:${process.env["PATH"] ?? ""}`;
}

async function claws(...words: readonly string[]): Promise<CliRun> {
  const run = await spawnClaws(words, { environment, folder: root });
  expect(run.stdout + run.stderr).not.toMatch(/canary/i);
  return run;
}

const selected: FakeAnswer = { when: "stack select" };
const violation = {
  policyEvent: {
    resourceUrn: "urn:pulumi:dev::office-claws::digitalocean:index/firewall:Firewall::a1-firewall",
    message: "The firewall must not have an inbound rule.",
    policyName: "firewall-without-inbound-rules",
    policyPackName: "office-claws",
    policyPackVersion: "1",
    enforcementLevel: "mandatory",
  },
};
const advice = { policyEvent: { ...violation.policyEvent, enforcementLevel: "advisory" } };

function diagnostic(message: string, urn = ""): object {
  return { diagnosticEvent: { urn, message, color: "never", severity: "error" } };
}

describe("a refusal by the policy pack", () => {
  it.each([["preview"], ["up"]])("ends claws %s with exit code 4 and the rule's text", async (command) => {
    await answering(selected, { when: command, events: [violation], code: 255 });
    const { exitCode, stdout, stderr } = await claws(command);
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: "" });
    expect(stderr).toContain(
      "claws: error: refused by policy: firewall-without-inbound-rules: a1-firewall: The firewall must not have an inbound rule.\n",
    );
    const words = (await pulumi.calls()).map((call) => call.words).find(([first]) => first === command) ?? [];
    expect(words).toEqual(expect.arrayContaining(["--policy-pack", environment["CLAWS_POLICY_PACK"]]));
  });

  it("is not what an advisory remark is", async () => {
    await answering(selected, { when: "preview", events: [advice] });
    expect((await claws("preview")).exitCode).toBe(0);
  });
});

describe("a failure of the engine", () => {
  const urn = "urn:pulumi:dev::office-claws::digitalocean:index/droplet:Droplet::a1";

  it.each([
    [
      "of a resource",
      [diagnostic("POST answered 422", urn)],
      "",
      1,
      "cannot preview the stack: droplet a1: POST answered 422",
    ],
    [
      "of the configuration",
      [diagnostic("Error: configuration: agents[0].size: is not a size")],
      "",
      2,
      "configuration: agents[0].size: is not a size",
    ],
    [
      "with a wrong passphrase",
      [],
      "error: incorrect passphrase",
      2,
      "the passphrase in PULUMI_CONFIG_PASSPHRASE is not the one",
    ],
    [
      "with a lock that another run holds",
      [],
      "error: the stack is currently locked by 1 lock(s)",
      2,
      "another run holds the lock",
    ],
    ["without a word", [], "", 1, "cannot preview the stack: the engine gave no reason"],
  ])("%s is told in words", async (_, events, stderr, code, message) => {
    await answering(selected, { when: "preview", events, stderr, code: 255 });
    const run = await claws("preview");
    expect({ exitCode: run.exitCode, stdout: run.stdout }).toEqual({ exitCode: code, stdout: "" });
    expect(run.stderr).toContain(message);
    expect(run.stderr).not.toMatch(/\n\s+at /);
  });

  it("to find the stack is wrong use for destroy, and up makes the stack", async () => {
    const missing: FakeAnswer = { when: "stack select", stderr: "error: no stack named 'dev' found", code: 255 };
    await answering(missing, { when: "stack export", stdout: '{"version":3,"deployment":{}}' });
    const destroy = await claws("destroy", "--yes");
    expect(destroy.exitCode).toBe(2);
    expect(destroy.stderr).toContain('claws: error: there is no stack "dev"\n');
    await answering(missing, { when: "stack init" }, { when: "preview" });
    expect((await claws("preview")).exitCode).toBe(0);
    expect((await pulumi.calls()).map(({ words }) => words.slice(0, 2).join(" "))).toContain("stack init");
  });

  it("to be there at all says how to get it", async () => {
    const error = await openStack({ name: "dev", root }, { PATH: folder() })
      .exportState()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      message: "cannot run pulumi: it is not on the PATH",
      hints: ["install Pulumi, or run npm run toolchain", "claws doctor"],
      exitCode: 2,
    });
  });
});

describe("reading a stack", () => {
  it("gives the agents of its outputs and its state, one run of the engine each", async () => {
    const state = { version: 3, deployment: { resources: [] } };
    await answering(
      { when: "stack output", stdout: '{"agents":{}}' },
      { when: "stack export", stdout: JSON.stringify(state) },
    );
    const stack = openStack({ name: "dev", root }, environment);
    expect(await stack.outputs()).toEqual(new Map());
    expect(await stack.exportState()).toEqual(state);
    expect((await pulumi.calls()).map(({ words }) => words)).toEqual([
      ["stack", "output", "--json", "--stack", "dev", "--non-interactive"],
      ["stack", "export", "--stack", "dev", "--non-interactive"],
    ]);
  });

  it("never asks for the secrets in it, and keeps our own identity from the engine and its plugins", async () => {
    await answering({ when: "stack output", stdout: '{"agents":{}}' });
    await openStack({ name: "dev", root }, environment).outputs();
    const [call] = await pulumi.calls();
    expect(call?.words).not.toContain("--show-secrets");
    expect(call?.environment).not.toHaveProperty("CLAWS_AGE_KEY");
    expect(call?.environment).toMatchObject({ PULUMI_SKIP_UPDATE_CHECK: "true", DIGITALOCEAN_TOKEN: "dop_canary" });
  });

  it.each([
    ["no stack named 'dev' found", "there is no such stack"],
    ["incorrect passphrase", "the passphrase in PULUMI_CONFIG_PASSPHRASE is not the one of this stack"],
  ])("that fails with %j says %s", async (stderr, message) => {
    await answering({ when: "stack output", stderr: `error: ${stderr}`, code: 255 });
    const { exitCode, stderr: said } = await claws("status");
    expect(exitCode).toBe(2);
    expect(said).toContain(`claws: error: cannot read the stack: ${message}\n`);
  });
});

describe("Ctrl-C while the engine runs", () => {
  async function startPreview(interrupts: number) {
    await answering(selected, { when: "preview", waits: { interrupts }, code: 255 });
    const program = join(import.meta.dirname, "..", "..", "cli", "bin.cjs");
    const child = spawn(process.execPath, [program, "preview"], { cwd: root, env: environment });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const [running = ""] = await eventually(pulumi.notes, (notes) => notes.length > 0);
    return { child, engine: Number(running.split(" ")[1]), stderr: () => stderr };
  }

  it("asks the engine once to stop, waits for it, and exits 130", async () => {
    const { child, stderr } = await startPreview(1);
    child.kill("SIGINT");
    const [code] = (await once(child, "close")) as [number];
    expect(code).toBe(130);
    expect(stderr()).toContain("claws: error: interrupted: the engine stopped the preview\n");
    expect((await pulumi.notes()).slice(1)).toEqual(["interrupted"]);
  });

  it("a second time ends claws at once with 130, and the engine is told once more", async () => {
    const { child, engine } = await startPreview(3);
    child.kill("SIGINT");
    await eventually(pulumi.notes, (notes) => notes.length === 2);
    child.kill("SIGINT");
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(130);
    await eventually(pulumi.notes, (notes) => notes.length === 3);
    process.kill(engine, "SIGINT");
    await eventually(pulumi.notes, (notes) => notes.length === 4);
  });
});

describe("the enrolment secrets", () => {
  const secret = Buffer.alloc(32, 0xe7).toString("base64url");

  it("are asked for on their own: no other read shows a secret", async () => {
    await answering({ when: "stack output", stdout: JSON.stringify({ agents: {}, enrolments: { a1: secret } }) });
    const stack = openStack({ name: "dev", root }, environment);
    expect((await stack.enrolments()).get("a1")?.reveal()).toBe(secret);
    await stack.outputs();
    const shown = (await pulumi.calls()).map(({ words }) => words.includes("--show-secrets"));
    expect(shown).toEqual([true, false]);
  });

  it("that the engine cannot decrypt are a failure in words", async () => {
    await answering({ when: "stack output", stderr: "error: incorrect passphrase", code: 255 });
    await expect(openStack({ name: "dev", root }, environment).enrolments()).rejects.toMatchObject({
      name: "UserError",
    });
  });
});
