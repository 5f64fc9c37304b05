// SPDX-License-Identifier: Apache-2.0
import type { Daemon } from "../../cli/daemonClient.ts";
import { daemonAt } from "../../cli/daemonClient.ts";
import type { DigitalOcean } from "../../cli/digitalOcean.ts";
import type { CloudDroplet, CloudFirewall, CloudImage } from "../../cli/digitalOceanShapes.ts";
import type { Effects } from "../../cli/effects.ts";
import type { KnownAgent } from "../../cli/stackOutputs.ts";
import type { Stack } from "../../cli/stackTypes.ts";
import type { TailnetStatus } from "../../cli/tailnet.ts";
import { renderTailnetPolicy } from "../../cli/tailnetPolicy.ts";
import type { TailscaleApi } from "../../cli/tailscaleApi.ts";

/** The outputs of an agent whose node ID is the one of the test daemon. */
export function knownAgent(changes: Partial<KnownAgent> = {}): KnownAgent {
  return {
    dropletId: "101",
    publicAddress: "198.51.100.16",
    nodeId: "nAGENT",
    nodeName: "a1.lab.example",
    nodeTag: "tag:agent",
    tag: "claws-office-claws-dev-a1",
    firewallId: "fw-1",
    vpcId: "vpc-1",
    authKeyId: "k-1",
    imageId: "42",
    region: "nyc3",
    size: "s-1vcpu-1gb",
    runtime: "hello",
    providers: ["anthropic"],
    operatorKeys: [],
    broker: null,
    customProviders: [],
    createdAt: "2026-11-11T12:00:00Z",
    ttlHours: null,
    ...changes,
  };
}

/** A tailnet in which these node IDs are peers with the agents' tag, each at an address of its own. */
export function tailnetWith(addresses: Readonly<Record<string, string>>): TailnetStatus {
  const peers = Object.entries(addresses).map(([nodeId, address]) => ({
    nodeId,
    hostName: "a1",
    addresses: [address],
    tags: ["tag:agent"],
    online: true,
  }));
  return { backendState: "Running", tun: true, peers };
}

/** A daemon on a busy machine, or in a process that derives a key, may take its time. */
const PATIENT = { connectTimeout: 30_000, totalTimeout: 30_000 };

/** Effects that lead to daemons on loopback: a tailnet address is looked up among the URLs. */
export function reaching(daemons: Readonly<Record<string, string>>): Pick<Effects, "tailnetStatus" | "daemonAt"> {
  const addresses = Object.fromEntries(Object.keys(daemons).map((nodeId, index) => [nodeId, `100.64.0.${index + 1}`]));
  return {
    tailnetStatus: () => Promise.resolve(tailnetWith(addresses)),
    daemonAt: (address) => {
      const nodeId = Object.keys(addresses).find((one) => addresses[one] === address) ?? "";
      const { hostname, port } = new URL(daemons[nodeId] ?? "http://127.0.0.1:1");
      return Promise.resolve(daemonAt(hostname, { port: Number(port), ...PATIENT }));
    },
  };
}

/** A daemon of which each call fails unless the test gives it. */
export function fakeDaemon(given: Partial<Daemon>): Daemon {
  const unexpected = (name: string) => () => Promise.reject(new Error(`the test did not expect ${name}`));
  return {
    status: unexpected("status"),
    put: unexpected("put"),
    seal: unexpected("seal"),
    putSealed: unexpected("putSealed"),
    activate: unexpected("activate"),
    revoke: unexpected("revoke"),
    ...given,
  };
}

/** The droplet of {@link knownAgent}. */
export function cloudDroplet(changes: Partial<CloudDroplet> = {}): CloudDroplet {
  return {
    id: "101",
    name: "a1",
    status: "active",
    createdAt: "2026-11-11T12:00:00Z",
    size: "s-1vcpu-1gb",
    region: "nyc3",
    imageId: "42",
    tags: ["claws-office-claws-dev-a1"],
    vpcId: "vpc-1",
    features: ["private_networking"],
    price: { monthly: 600_000, hourly: 893 },
    ...changes,
  };
}

/** The firewall of {@link knownAgent}. */
export function cloudFirewall(changes: Partial<CloudFirewall> = {}): CloudFirewall {
  return {
    ...{ id: "fw-1", name: "fw", inboundRules: 0, status: "succeeded", pendingChanges: 0 },
    ...{ dropletIds: [], tags: ["claws-office-claws-dev-a1"] },
    ...changes,
  };
}

/** The image of {@link knownAgent}. */
export function cloudImage(changes: Partial<CloudImage> = {}): CloudImage {
  return {
    ...{ id: "42", name: "office-claws-agent-20261101", createdAt: "2026-11-01T12:00:00Z" },
    ...{ regions: ["nyc3"], sizeGigabytes: 1.5, status: "available", minDiskGigabytes: 25 },
    ...changes,
  };
}

/** A DigitalOcean where everything is as it must be. */
export function healthyCloud(changes: Partial<DigitalOcean> = {}): DigitalOcean {
  return {
    account: () => Promise.resolve({ status: "active", dropletLimit: 10 }),
    dropletStatus: () => Promise.resolve("active"),
    dropletsWithTag: () => Promise.resolve([]),
    firewallsOf: () =>
      Promise.resolve([{ id: "fw-1", name: "fw", status: "succeeded", inboundRules: 0, pendingChanges: 0 }]),
    firewallExists: () => Promise.resolve(true),
    vpcExists: () => Promise.resolve(true),
    tagExists: () => Promise.resolve(true),
    droplets: () => Promise.resolve([cloudDroplet()]),
    firewalls: () => Promise.resolve([cloudFirewall()]),
    vpcs: () => Promise.resolve([{ id: "vpc-1", name: "claws-office-claws-dev-a1", region: "nyc3", isDefault: false }]),
    volumes: () => Promise.resolve([]),
    ownImages: () => Promise.resolve([cloudImage()]),
    sizes: () => Promise.resolve(new Map([["s-1vcpu-1gb", cloudDroplet().price]])),
    sizeDisks: () => Promise.resolve(new Map([["s-1vcpu-1gb", 25]])),
    deleteImage: () => Promise.reject(new Error("the test did not expect deleteImage")),
    mayRead: () => Promise.resolve(true),
    ...changes,
  };
}

/** A DigitalOcean after a complete destroy. */
export function emptyCloud(changes: Partial<DigitalOcean> = {}): DigitalOcean {
  const no = (): Promise<boolean> => Promise.resolve(false);
  return healthyCloud({
    dropletStatus: () => Promise.resolve(undefined),
    firewallExists: no,
    vpcExists: no,
    tagExists: no,
    droplets: () => Promise.resolve([]),
    firewalls: () => Promise.resolve([]),
    vpcs: () => Promise.resolve([]),
    ...changes,
  });
}

/** A tailnet API without any device or usable key. */
export function emptyTailscale(changes: Partial<TailscaleApi> = {}): TailscaleApi {
  const no = (): Promise<boolean> => Promise.resolve(false);
  return {
    devices: () => Promise.resolve([]),
    deviceExists: no,
    authKeyUsable: no,
    policy: () => Promise.resolve(renderTailnetPolicy({ operators: ["op@lab.example"], tag: "tag:agent" })),
    grantedScopes: () => Promise.resolve("api key"),
    ...changes,
  };
}

/** The exported state of a stack whose only agent is {@link knownAgent}; members replace the inputs of its droplet. */
export function exportedState(inputs: Readonly<Record<string, unknown>> = {}): unknown {
  const agentUrn = "urn:pulumi:dev::office-claws::office-claws:index:Agent::a1";
  const type = "digitalocean:index/droplet:Droplet";
  const own = { name: "a1", image: "42", region: "nyc3", size: "s-1vcpu-1gb", vpcUuid: "vpc-1" };
  const droplet = {
    urn: `urn:pulumi:dev::office-claws::office-claws:index:Agent$${type}::a1`,
    ...{ type, id: "101", parent: agentUrn },
    inputs: { ...own, tags: ["claws-office-claws-dev-a1"], ...inputs },
  };
  return {
    version: 3,
    deployment: { resources: [{ urn: agentUrn, type: "office-claws:index:Agent" }, droplet] },
  };
}

/** A stack in memory; operations that the test does not give do nothing. */
export function fakeStack(given: Partial<Stack> = {}): Stack {
  const nothing = (): Promise<Record<string, number>> => Promise.resolve({});
  return {
    name: "dev",
    root: "/nonexistent",
    prepare: () => undefined,
    outputs: () => Promise.resolve(new Map([["a1", knownAgent()]])),
    enrolments: () => Promise.reject(new Error("the test did not expect enrolments")),
    exportState: () => Promise.resolve({ version: 3, deployment: { resources: [] } }),
    up: nothing,
    preview: nothing,
    refresh: nothing,
    previewRefresh: nothing,
    destroy: nothing,
    ...given,
  };
}
