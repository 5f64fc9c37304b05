// SPDX-License-Identifier: Apache-2.0
import { type ManualClock, manualClock } from "../../lab/digitalocean/clock.ts";
import {
  type CloudFirewall,
  type DigitalOcean,
  type DigitalOceanOptions,
  type MachineBackend,
  type MachineSpec,
  startDigitalOcean,
} from "../../lab/digitalocean/emulator.ts";

/** An answer of the API. */
export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** One call that a machine backend got. */
export type MachineCall =
  | { readonly call: "create"; readonly machine: MachineSpec }
  | { readonly call: "shutdown" | "powerOff" | "powerOn" | "reboot" | "destroy"; readonly dropletId: number }
  | {
      readonly call: "applyFirewalls";
      readonly dropletId: number;
      readonly firewalls: readonly CloudFirewall[] | null;
    };

/** Machines that write down what they are told; a test may make one of the calls fail or wait. */
export interface RecordedMachines extends MachineBackend {
  readonly calls: MachineCall[];
  before: (call: MachineCall["call"]) => Promise<void>;
}

/** A droplet as tests read it. */
export interface DropletView {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly locked: boolean;
  readonly tags: readonly string[];
  readonly features: readonly string[];
  readonly vpc_uuid: string;
  readonly disk: number;
  readonly size_slug: string;
  readonly snapshot_ids: readonly number[];
  readonly networks: {
    readonly v4: readonly { readonly ip_address: string; readonly type: string }[];
    readonly v6: readonly { readonly ip_address: string }[];
  };
}

/** An action as tests read it. */
export interface ActionView {
  readonly id: number;
  readonly status: string;
  readonly type: string;
  readonly started_at: string;
  readonly completed_at: string | null;
}

/** A running emulator whose time stands still until a test moves it. */
export interface TestCloud {
  readonly api: DigitalOcean;
  readonly clock: ManualClock;
  readonly machines: RecordedMachines;
  call<Body = unknown>(method: string, path: string, body?: unknown): Promise<Answer<Body>>;
  /** Creates a droplet from debian-13-x64 in nyc3 and lets it boot. */
  droplet(overrides?: object): Promise<DropletView>;
}

/** The request that `droplet` sends, but for the name. */
export const unnamedDroplet = { region: "nyc3", size: "s-1vcpu-1gb", image: "debian-13-x64" };

/** The request that `droplet` sends. */
export const plainDroplet = { ...unnamedDroplet, name: "a1" };

const open = new Set<DigitalOcean>();

/** Starts an emulator that `closeTestClouds` closes. */
export async function startTestCloud(options: Partial<DigitalOceanOptions> = {}): Promise<TestCloud> {
  const clock = manualClock();
  const machines = recordedMachines();
  const api = await startDigitalOcean({ host: "127.0.0.1", port: 0, tokens: ["token-1"], clock, machines, ...options });
  open.add(api);
  const call = <Body>(method: string, path: string, body?: unknown): Promise<Answer<Body>> =>
    callApi<Body>(api.url, method, path, body);
  return {
    api,
    clock,
    machines,
    call,
    async droplet(overrides = {}) {
      const created = await call<{ droplet: DropletView }>("POST", "/v2/droplets", { ...plainDroplet, ...overrides });
      if (created.status !== 202) throw new Error(`cannot create a droplet: ${JSON.stringify(created.body)}`);
      await clock.advance(200);
      return (await call<{ droplet: DropletView }>("GET", `/v2/droplets/${created.body.droplet.id}`)).body.droplet;
    },
  };
}

/** For afterEach. */
export async function closeTestClouds(): Promise<void> {
  await Promise.all([...open].map((api) => api.close()));
  open.clear();
}

/** One call with the good token. */
export async function callApi<Body>(url: string, method: string, path: string, body?: unknown): Promise<Answer<Body>> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: "Bearer token-1",
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text === "" ? null : JSON.parse(text)) as Body };
}

function recordedMachines(): RecordedMachines {
  const calls: MachineCall[] = [];
  const note = async (call: MachineCall): Promise<void> => {
    await machines.before(call.call);
    calls.push(call);
  };
  const machines: RecordedMachines = {
    calls,
    before: () => Promise.resolve(),
    create: (machine) => note({ call: "create", machine }),
    shutdown: (dropletId) => note({ call: "shutdown", dropletId }),
    powerOff: (dropletId) => note({ call: "powerOff", dropletId }),
    powerOn: (dropletId) => note({ call: "powerOn", dropletId }),
    reboot: (dropletId) => note({ call: "reboot", dropletId }),
    destroy: (dropletId) => note({ call: "destroy", dropletId }),
    applyFirewalls: (dropletId, firewalls) => note({ call: "applyFirewalls", dropletId, firewalls }),
  };
  return machines;
}

/** What a text must be: the whole of it, or a pattern that it must match. */
export function textLike(expected: string | RegExp | undefined): unknown {
  return expected instanceof RegExp ? expect.stringMatching(expected) : expected;
}
