// SPDX-License-Identifier: Apache-2.0
// status, cost and watch as the real program: a user, a script and a terminal, with the lab's DigitalOcean and a stack that pulumi reads.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { AgentStatus } from "../../cli/agentStatus.ts";
import { exportedState, knownAgent } from "../support/agentWorld.ts";
import { makeProject, spawnClaws, type CliRun } from "../support/cliHarness.ts";
import { startFakeLocalApi, statusDocument, type FakeLocalApi } from "../support/fakeLocalApi.ts";
import { makeFakePulumi } from "../support/fakePulumi.ts";
import { startAtTerminal } from "../support/pseudoTerminal.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { closeTestClouds, startTestCloud, type TestCloud } from "../support/testCloud.ts";

const folder = scratchFolder();
const program = join(import.meta.dirname, "..", "..", "cli", "bin.cjs");
let cloud: TestCloud;
let localApi: FakeLocalApi;
let root = "";
let environment: Record<string, string> = {};

beforeEach(async () => {
  cloud = await startTestCloud();
  const { id, vpc_uuid } = await cloud.droplet({ tags: ["claws-office-claws-dev-a1"] });
  await cloud.clock.advance(24 * 3_600_000);
  localApi = await startFakeLocalApi(join(folder(), "tailscaled.sock"));
  // The node is known and offline, so that nothing on this machine is taken for its daemon.
  const peer = { ID: "nAGENT", HostName: "a1", TailscaleIPs: ["100.64.0.1"], Tags: ["tag:agent"], Online: false };
  localApi.status = statusDocument({ Peer: { "nodekey:01": { ...peer, TailscaleIPs: [] } } });
  const agents = { a1: knownAgent({ dropletId: String(id), vpcId: vpc_uuid, imageId: "195932981", ttlHours: 48 }) };
  const state = exportedState({ image: "195932981", vpcUuid: vpc_uuid });
  const pulumi = await makeFakePulumi(join(folder(), "bin"), [
    { when: "stack output", stdout: JSON.stringify({ agents }) },
    { when: "stack export", stdout: JSON.stringify(state) },
  ]);
  const project = await makeProject(folder());
  root = project.root;
  environment = {
    ...project.environment,
    PATH: `${pulumi.folder}:${project.environment["PATH"] ?? ""}`,
    DIGITALOCEAN_TOKEN: "token-1",
    DIGITALOCEAN_API_URL: cloud.api.url,
    CLAWS_TAILSCALE_SOCKET: localApi.socketPath,
    NODE_OPTIONS: "",
  };
});
afterEach(async () => {
  await Promise.all([closeTestClouds(), localApi.close()]);
});

async function claws(...words: string[]): Promise<CliRun> {
  return await spawnClaws(words, { environment, folder: root });
}

describe("claws status", () => {
  it("tells a script all that it found", async () => {
    const { exitCode, stdout } = await claws("status", "--json");
    expect(exitCode).toBe(0);
    const [one] = JSON.parse(stdout) as AgentStatus[];
    expect(one).toMatchObject({
      ...{ agent: "a1", droplet: "active", size: "s-1vcpu-1gb", region: "nyc3", node: "offline" },
      ...{ price: { monthly: 6, hourly: 0.00893 }, ttl: { hours: 48, endsAt: "2026-01-03T00:00:00.000Z" } },
      ...{ state: "unreachable", release: null, unchecked: [] },
      drift: [{ what: "firewall", wanted: "fw-1", found: "does not cover the droplet" }],
    });
  });

  it("tells a person within 80 columns", async () => {
    const { exitCode, stdout } = await claws("status");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^a1 +unreachable +offline +active +s-1vcpu-1gb +nyc3 +/m);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("does not fail because services do", async () => {
    await localApi.close();
    environment["DIGITALOCEAN_API_URL"] = "http://127.0.0.1:1";
    const { exitCode, stdout, stderr } = await claws("status");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^a1 +unreachable +unknown +unknown +unknown/m);
    expect(stderr).toContain("claws: a1: cannot reach DigitalOcean at http://127.0.0.1:1: connection refused\n");
    expect(stderr).toMatch(/^claws: a1: cannot ask tailscaled at /m);
  });

  it("watched in a pipe prints a line and ends with 0 at the first Ctrl-C", async () => {
    const words = [program, "status", "--watch", "--interval", "1"];
    const child = spawn(process.execPath, words, { cwd: root, env: environment });
    const [line] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
    expect(line).toMatch(/^\d{4}-\S+Z a1: state unreachable, node offline, droplet active, /);
    child.kill("SIGINT");
    expect(await once(child, "close")).toEqual([0, null]);
  });

  it("watched ends with its reader, with 0 and without a word", async () => {
    const words = [program, "status", "--watch", "--interval", "1", "--json"];
    const child = spawn(process.execPath, words, { cwd: root, env: environment });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    await once(child.stdout, "data");
    child.stdout.destroy();
    // Something must be said for a writer to find out that nobody reads.
    cloud.api.faults.add({ method: "GET", path: "/v2/droplets", count: null, effect: { kind: "status", status: 503 } });
    localApi.status = statusDocument({ Peer: {} });
    expect(await once(child, "close")).toEqual([0, null]);
    expect(stderr).toBe("");
  });

  it("watched at a terminal redraws it and ends with 0 at Ctrl-C", async () => {
    // Without exec the shell in between would end of the same Ctrl-C, with a code of its own.
    const argv = ["exec", process.execPath, program, "status", "--watch", "--interval", "1"];
    const person = startAtTerminal(argv, { folder: root, environment });
    await person.shows("Ctrl-C ends");
    expect(person.screen()).toContain("\u001b[HAGENT");
    person.type("\u0003");
    expect(await person.exitCode).toBe(0);
  });
});

describe("claws cost", () => {
  it("asks the service for prices", async () => {
    const { exitCode, stdout } = await claws("cost");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^a1 +s-1vcpu-1gb +\$6\.00 +\$0\.00893 /m);
    expect(cloud.api.requests.map(({ path }) => path)).toContain("/v2/sizes");
  });
});

describe("claws watch", () => {
  it("goes on although no agent answers, and ends with 0 at the first Ctrl-C", async () => {
    expect((await claws("vault", "init")).exitCode).toBe(0);
    const words = [program, "watch", "--interval", "1", "--json"];
    const child = spawn(process.execPath, words, { cwd: root, env: environment });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    while (!output.includes('"unreachable"')) await once(child.stdout, "data");
    child.kill("SIGTERM");
    expect(await once(child, "close")).toEqual([0, null]);
    const events = output.trimEnd().split("\n");
    expect(events.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual([
      ...["watching", "unreachable", "stopped"],
    ]);
  });

  it("does not start without a vault", async () => {
    expect(await claws("watch")).toMatchObject({
      ...{ exitCode: 2, stdout: "" },
      stderr: expect.stringContaining(`claws: error: there is no vault at "${join(root, "vault.age")}"\n`),
    });
  });

  it("writes a service that systemd can read", async () => {
    await claws("vault", "init");
    const { exitCode, stdout } = await claws("watch", "--install");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("systemctl --user enable --now claws-watch-dev.service\n");
  });
});
