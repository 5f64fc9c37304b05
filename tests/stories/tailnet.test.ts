// SPDX-License-Identifier: Apache-2.0
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const scenario = path.join(import.meta.dirname, "../support/tailnetScenario.ts");
const address = "203.0.113.11";
const machines = ["op", "a1", "a2"];

/** The namespaces of one tailnet: one that plays the internet, and a machine each behind a link of its own. */
async function createNamespaces(prefix: string): Promise<void> {
  const ip = (...argv: readonly string[]): Promise<unknown> => run("ip", [...argv]);
  const internet = `${prefix}-inet`;
  for (const name of ["inet", ...machines]) {
    await ip("netns", "add", `${prefix}-${name}`);
    await ip("-n", `${prefix}-${name}`, "link", "set", "lo", "up");
  }
  await ip("-n", internet, "address", "add", `${address}/32`, "dev", "lo");
  await run("nsenter", [`--net=/run/netns/${internet}`, "sysctl", "-qw", "net.ipv4.ip_forward=1"]);
  for (const [index, name] of machines.entries()) {
    const [machine, own, link] = [`${prefix}-${name}`, `198.51.100.${index + 2}`, `v${index}`];
    await ip("-n", internet, "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", machine);
    await ip("-n", internet, "address", "add", "198.51.100.1/32", "dev", link);
    await ip("-n", internet, "link", "set", link, "up");
    await ip("-n", internet, "route", "add", `${own}/32`, "dev", link);
    await ip("-n", machine, "address", "add", `${own}/32`, "dev", "eth0");
    await ip("-n", machine, "link", "set", "eth0", "up");
    await ip("-n", machine, "route", "add", "198.51.100.1/32", "dev", "eth0");
    await ip("-n", machine, "route", "add", "default", "via", "198.51.100.1", "dev", "eth0");
  }
}

async function deleteNamespaces(prefix: string): Promise<void> {
  for (const name of ["inet", ...machines]) await run("ip", ["netns", "delete", `${prefix}-${name}`]);
}

interface Played {
  readonly prefix: string;
  readonly directory: string;
  readonly child: ChildProcess;
  readonly facts: Map<string, unknown>;
  readonly ended: Promise<void>;
  readonly clean: () => Promise<void>;
}

async function startScenario(mode: "play" | "wait"): Promise<Played> {
  const prefix = `ct${randomBytes(3).toString("hex")}`;
  // A short path: a unix socket's path holds 107 bytes.
  const directory = await mkdtemp("/tmp/ct-");
  await createNamespaces(prefix);
  const node = ["setpriv", "--pdeathsig", "KILL", process.execPath, scenario];
  const argv = [`--net=/run/netns/${prefix}-inet`, ...node, directory, prefix, address, mode];
  const child = spawn("nsenter", argv, { stdio: ["ignore", "pipe", "inherit"] });
  const facts = new Map<string, unknown>();
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    const [name, value] = JSON.parse(line) as [string, unknown];
    facts.set(name, value);
  });
  return {
    prefix,
    directory,
    child,
    facts,
    ended: new Promise((resolve) => child.once("close", () => resolve())),
    clean: async () => {
      child.kill("SIGKILL");
      await deleteNamespaces(prefix);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Whether any of the processes still runs; a zombie does not. */
async function anyRuns(pids: readonly number[]): Promise<boolean> {
  const states = pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => ") Z"));
  return (await Promise.all(states)).some((stat) => !/\) [ZX]/.test(stat));
}

async function waitUntil(check: () => boolean | Promise<boolean>, timeout: number): Promise<boolean> {
  const deadline = performance.now() + timeout;
  while (!(await check())) {
    if (performance.now() > deadline) return false;
    await pause(50);
  }
  return true;
}

async function hostFiles(): Promise<string> {
  const resolver = await readFile("/etc/resolv.conf");
  return `${createHash("sha256").update(resolver).digest("hex")} ${existsSync("/var/lib/tailscale")}`;
}

describe("a real tailnet", () => {
  let played: Played;
  let hostBefore: string;
  const fact = (name: string): unknown => {
    if (!played.facts.has(name)) throw new Error(`the scenario did not come to "${name}"`);
    return played.facts.get(name);
  };

  beforeAll(async () => {
    hostBefore = await hostFiles();
    played = await startScenario("play");
    await played.ended;
  });
  afterAll(() => played.clean());

  it("is played to its end", () => {
    expect(fact("closed")).toBe(true);
  });

  it("is joined in seconds", () => {
    for (const who of ["the operator", "a1", "a2"])
      expect(fact(`milliseconds until ${who} joined`)).toBeLessThan(10_000);
  });

  it("takes a one-off key once, which is unknown to the API afterwards", () => {
    expect(fact("joining with a used key")).toMatch(
      /^Error: cannot join the tailnet as "thief": .*authkey already used/s,
    );
    expect(fact("the used key in the API")).toBe(404);
    expect(fact("an unused key in the API")).toBe(200);
  });

  it("leaves no key file behind", () => {
    expect(fact("files left in the node's folder")).toEqual([]);
  });

  it("shows the same node IDs in LocalAPI and in the API", () => {
    const status = fact("status") as readonly Record<string, unknown>[];
    expect(status).toEqual([
      { backendState: "Running", tun: true, nodeId: expect.any(String), dnsName: "op.tailnet.lab.example.", tags: [] },
      {
        backendState: "Running",
        tun: true,
        nodeId: expect.any(String),
        dnsName: "a1.tailnet.lab.example.",
        tags: ["tag:agent"],
      },
      {
        backendState: "Running",
        tun: true,
        nodeId: expect.any(String),
        dnsName: "a2.tailnet.lab.example.",
        tags: ["tag:agent"],
      },
    ]);
    const { devices } = fact("devices") as { devices: Record<string, unknown>[] };
    const byName = new Map(devices.map((device) => [device["hostname"], device]));
    for (const { nodeId, dnsName, tags } of status) {
      const [hostname] = String(dnsName).split(".");
      expect(byName.get(hostname)).toMatchObject({
        nodeId,
        name: String(dnsName).slice(0, -1),
        connectedToControl: true,
      });
      expect(byName.get(hostname)?.["tags"] ?? []).toEqual(tags);
    }
    expect(fact("devices called a1")).toMatchObject({ devices: [{ hostname: "a1" }] });
  });

  it("opens the granted port to the operator and nothing else to anybody", () => {
    expect(fact("operator to the granted port")).toBe("hello");
    expect(fact("operator to another port")).toBe("timeout");
    expect(fact("agent to agent")).not.toBe("hello");
    expect(fact("peers of a2")).toEqual(["op"]);
  });

  it("tells a node the capability of the operator and of nobody else", () => {
    const whois = { login: "op", capabilities: { "lab.example/cap/test": [{ actions: ["status"] }] } };
    expect(fact("whois of the operator")).toEqual(whois);
    expect(fact("whois of the other agent")).toBeNull();
  });

  it("refuses a policy whose tests fail and keeps the old one", () => {
    const refusal = {
      message: "test(s) failed",
      status: 400,
      data: [{ user: "op@", errors: [expect.stringContaining("7440")] }],
    };
    expect(fact("setting the policy with tests")).toBe(200);
    expect(fact("a policy with a failing test")).toEqual({ status: 400, json: refusal });
    expect(fact("validating it")).toEqual({ status: 200, json: refusal });
    expect(fact("a broken policy")).toBe(400);
    expect(fact("the policy after that")).toMatchObject({ tests: [{ src: "op@", accept: ["tag:agent:7440"] }] });
  });

  it("forgets a deleted device, also on its peers", () => {
    expect([fact("deleting a2"), fact("deleting a2 again")]).toEqual([200, 404]);
    expect(fact("devices after that")).toEqual({ devices: [] });
    expect(fact("the operator still sees a2")).toBe(false);
  });

  it("relays over TLS and looks for nothing beyond the lab", () => {
    expect(fact("DERP connections")).toEqual([true, true, true]);
    expect(fact("looks beyond the lab")).toEqual([]);
  });

  it("touches no file of the host and leaves no process", async () => {
    expect(await hostFiles()).toBe(hostBefore);
    expect(await anyRuns(fact("process ids") as number[])).toBe(false);
  });

  it("is measured", () => {
    const times = [...played.facts].filter(([name]) => name.startsWith("milliseconds"));
    process.stderr.write(`${times.map(([name, value]) => `${name}: ${String(value)}`).join("\n")}\n`);
    expect(times).toHaveLength(6);
  });
});

describe("a tailnet whose owner is killed", () => {
  it("dies with it", async () => {
    const played = await startScenario("wait");
    try {
      const started = await waitUntil(() => played.facts.has("process ids"), 30_000);
      const pids = (played.facts.get("process ids") ?? []) as readonly number[];
      expect([started, pids.length, await anyRuns(pids)]).toEqual([true, 4, true]);
      played.child.kill("SIGKILL");
      await played.ended;
      expect(await waitUntil(async () => !(await anyRuns(pids)), 5_000)).toBe(true);
    } finally {
      await played.clean();
    }
  });
});
