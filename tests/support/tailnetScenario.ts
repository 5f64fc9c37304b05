// SPDX-License-Identifier: Apache-2.0
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { createAuthority } from "../../lab/certificates.ts";
import { startDns } from "../../lab/network/dns.ts";
import { startTailscaleApi, type TailscaleApi } from "../../lab/tailnet/api.ts";
import { startHeadscale, type Headscale } from "../../lab/tailnet/headscale.ts";
import { startHttpsRedirect } from "../../lab/tailnet/httpsRedirect.ts";
import { startTailscaled, type TailscaledNode } from "../../lab/tailnet/node.ts";

/**
 * A real tailnet, played from begin to end; each fact goes to standard output as one line of JSON, `[name, value]`, for
 * tests/stories/tailnet.test.ts. It runs inside the namespace that plays the internet.
 * Arguments: folder, prefix of the namespaces, address of that namespace, "play" or "wait".
 */
const [directory = "", prefix = "", address = "", mode = ""] = process.argv.slice(2);

const run = promisify(execFile);
const capability = "lab.example/cap/test";
const controlUrl = "https://controlplane.lab.example";
const nodeNames = ["op", "a1", "a2"] as const;
type NodeName = (typeof nodeNames)[number];
type Nodes = Readonly<Record<NodeName, TailscaledNode>>;

const policy = {
  tagOwners: { "tag:agent": ["op@"] },
  grants: [{ src: ["op@"], dst: ["tag:agent"], ip: ["tcp:7440"], app: { [capability]: [{ actions: ["status"] }] } }],
  tests: [{ src: "op@", accept: ["tag:agent:7440"] }],
};

function fact(name: string, value: unknown): void {
  process.stdout.write(`${JSON.stringify([name, value])}\n`);
}

async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const value = await work();
  fact(name, Math.round(performance.now() - start));
  return value;
}

async function settled(work: Promise<unknown>): Promise<string | null> {
  return work.then(
    () => null,
    (error: unknown) => String(error),
  );
}

interface World {
  readonly headscale: Headscale;
  readonly nodes: Nodes;
  readonly close: () => Promise<void>;
}

async function startWorld(): Promise<World> {
  const authority = await createAuthority(path.join(directory, "ca"));
  const tls = await authority.issue({ names: ["controlplane.lab.example"], addresses: [address] });
  const records = new Map([["controlplane.lab.example", [address]]]);
  const dns = await startDns({ host: address, port: 53, records });
  const redirect = await startHttpsRedirect({ host: address, port: 80, target: controlUrl });
  const headscale = await timed("milliseconds until headscale answers", () =>
    startHeadscale({
      program: "headscale",
      directory: path.join(directory, "hs"),
      serverUrl: controlUrl,
      listen: `${address}:443`,
      stunListen: `${address}:3478`,
      tls,
      caFile: authority.caFile,
    }),
  );
  const start = (name: NodeName): Promise<TailscaledNode> =>
    startTailscaled({
      programs: { tailscale: "tailscale", tailscaled: "tailscaled" },
      directory: path.join(directory, name),
      netns: `${prefix}-${name}`,
      caFile: authority.caFile,
      nameserver: address,
    });
  const nodes = { op: await start("op"), a1: await start("a1"), a2: await start("a2") };
  fact("process ids", [headscale.pid, ...Object.values(nodes).map(({ pid }) => pid)]);
  return {
    headscale,
    nodes,
    close: async () => {
      for (const node of Object.values(nodes)) await node.stop();
      await headscale.stop();
      await redirect.close();
      await dns.close();
    },
  };
}

type Ask = (line: string, body?: unknown) => Promise<{ readonly status: number; readonly json: unknown }>;

function asker(api: TailscaleApi, apiKey: string): Ask {
  return async (line, body) => {
    const [method = "", pathname = ""] = line.split(" ");
    const authorization = `Basic ${Buffer.from(`${apiKey}:`).toString("base64")}`;
    const response = await fetch(`${api.url}/api/v2${pathname}`, {
      method,
      headers: { authorization, accept: "application/json" },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, json: text.startsWith("{") ? (JSON.parse(text) as unknown) : text };
  };
}

interface MadeKey {
  readonly id: string;
  readonly key: string;
}

async function createKey(ask: Ask, tags: readonly string[]): Promise<MadeKey> {
  const create = { reusable: false, ephemeral: false, preauthorized: true, tags };
  return (await ask("POST /tailnet/-/keys", { capabilities: { devices: { create } }, expirySeconds: 600 }))
    .json as MadeKey;
}

async function join({ nodes }: World, ask: Ask): Promise<void> {
  const keys = {
    op: await createKey(ask, []),
    a1: await createKey(ask, ["tag:agent"]),
    a2: await createKey(ask, ["tag:agent"]),
  };
  const up = (name: NodeName, authKey: string): Promise<void> =>
    nodes[name].up({ authKey, hostname: name, controlUrl });
  await timed("milliseconds until the operator joined", () => up("op", keys.op.key));
  await timed("milliseconds until a1 joined", () => up("a1", keys.a1.key));
  fact(
    "joining with a used key",
    await settled(nodes.a2.up({ authKey: keys.a1.key, hostname: "thief", controlUrl, timeout: 10_000 })),
  );
  fact("the used key in the API", (await ask(`GET /tailnet/-/keys/${keys.a1.id}`)).status);
  fact("an unused key in the API", (await ask(`GET /tailnet/-/keys/${keys.a2.id}`)).status);
  await timed("milliseconds until a2 joined", () => up("a2", keys.a2.key));
  fact(
    "files left in the node's folder",
    (await readdir(path.join(directory, "a1"))).filter((name) => name.startsWith("join-")),
  );
}

async function devices({ nodes }: World, ask: Ask): Promise<void> {
  const statuses = await Promise.all(nodeNames.map((name) => nodes[name].status()));
  fact(
    "status",
    statuses.map(({ backendState, tun, nodeId, dnsName, tags }) => ({ backendState, tun, nodeId, dnsName, tags })),
  );
  fact("devices", (await ask("GET /tailnet/-/devices?fields=all")).json);
  fact("devices called a1", (await ask("GET /tailnet/-/devices?hostname=a1")).json);
}

/** Listens in a1's namespace on two ports until it is killed. */
async function listenInside(name: NodeName): Promise<ChildProcess> {
  const script = `for (const port of [7440, 7441]) require("node:net").createServer((s) => s.end("hello")).listen(port, () => port === 7441 && console.log("ready"));`;
  const child = spawn(
    "setpriv",
    ["--pdeathsig", "KILL", "nsenter", `--net=/run/netns/${prefix}-${name}`, process.execPath, "-e", script],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  await once(child.stdout, "data");
  return child;
}

/** "hello", or the error's code, or "timeout" after two seconds. */
async function dial(from: NodeName, host: string, port: number): Promise<string> {
  const script = `const s = require("node:net").connect(Number(process.argv[2]), process.argv[1]); s.setTimeout(2000, () => { console.log("timeout"); process.exit(); }); s.on("error", (e) => console.log(e.code)); s.on("data", (d) => { console.log(String(d)); process.exit(); });`;
  const argv = [`--net=/run/netns/${prefix}-${from}`, process.execPath, "-e", script, host, String(port)];
  return (await run("nsenter", argv)).stdout.trim();
}

async function access({ nodes }: World): Promise<void> {
  const listener = await listenInside("a1");
  const target = (await nodes.a1.status()).addresses[0] ?? "";
  const operator = (await nodes.op.status()).addresses[0] ?? "";
  const other = (await nodes.a2.status()).addresses[0] ?? "";
  await timed("milliseconds of the first contact", () => dial("op", target, 7440));
  fact("operator to the granted port", await dial("op", target, 7440));
  fact("operator to another port", await dial("op", target, 7441));
  fact("agent to agent", await dial("a2", target, 7440));
  fact(
    "peers of a2",
    (await nodes.a2.status()).peers.map(({ hostname }) => hostname),
  );
  const whois = async (peer: string): Promise<unknown> => {
    const found = (await nodes.a1.localApi(`/localapi/v0/whois?addr=${peer}:1`)) as {
      CapMap: unknown;
      UserProfile: { LoginName: string };
    } | null;
    return found === null ? null : { login: found.UserProfile.LoginName, capabilities: found.CapMap };
  };
  fact("whois of the operator", await whois(operator));
  fact("whois of the other agent", await whois(other));
  listener.kill("SIGKILL");
}

async function removal({ nodes }: World, ask: Ask): Promise<void> {
  const { nodeId } = await nodes.a2.status();
  fact("deleting a2", (await ask(`DELETE /device/${nodeId}`)).status);
  fact("deleting a2 again", (await ask(`DELETE /device/${nodeId}`)).status);
  fact("devices after that", (await ask("GET /tailnet/-/devices?hostname=a2")).json);
  await timed("milliseconds until a2 is gone from its peers", async () => {
    const deadline = performance.now() + 20_000;
    const seen = async (): Promise<boolean> => (await nodes.op.status()).peers.some((peer) => peer.nodeId === nodeId);
    while ((await seen()) && performance.now() < deadline) await pause(50);
    fact("the operator still sees a2", await seen());
  });
}

async function policies(ask: Ask): Promise<void> {
  const failing = { ...policy, tests: [{ src: "op@", deny: ["tag:agent:7440"] }] };
  fact("a policy with a failing test", await ask("POST /tailnet/-/acl", failing));
  fact("validating it", await ask("POST /tailnet/-/acl/validate", failing));
  fact("a broken policy", (await ask("POST /tailnet/-/acl", "{")).status);
  fact("the policy after that", (await ask("GET /tailnet/-/acl")).json);
}

async function play(): Promise<void> {
  const world = await startWorld();
  const ownerId = await world.headscale.createUser("op");
  const api = await startTailscaleApi({
    host: "127.0.0.1",
    port: 0,
    headscale: world.headscale,
    apiKeys: ["tskey-api-x"],
    ownerId,
  });
  const ask = asker(api, "tskey-api-x");
  if (mode === "wait") {
    await new Promise<never>(() => undefined);
  }
  fact("the policy of a new tailnet", (await ask("GET /tailnet/-/acl")).status);
  // Its tests name nodes that do not exist yet, so they come with the second version.
  fact("setting the policy", (await ask("POST /tailnet/-/acl", { ...policy, tests: [] })).status);
  await join(world, ask);
  fact("setting the policy with tests", (await ask("POST /tailnet/-/acl", policy)).status);
  await devices(world, ask);
  await access(world);
  await policies(ask);
  await removal(world, ask);
  const logs = await Promise.all(nodeNames.map((name) => readFile(world.nodes[name].logFile, "utf8")));
  fact("looks beyond the lab", logs.join("\n").match(/bootstrapDNS|log\.tailscale|derp\d+\w*\.tailscale\.com/g) ?? []);
  fact(
    "DERP connections",
    logs.map((log) => /derp-999 connected/.test(log)),
  );
  await api.close();
  await world.close();
  fact("closed", true);
}

await play();
