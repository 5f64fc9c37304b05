// SPDX-License-Identifier: Apache-2.0
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { accountRoutes } from "./account.ts";
import { actionRoutes } from "./actions.ts";
import { type Clock, stoppable, systemClock } from "./clock.ts";
import { Cloud, type Timing } from "./cloud.ts";
import { dropletActionRoutes } from "./dropletActions.ts";
import { resumeDroplets } from "./dropletLifecycle.ts";
import { dropletRoutes } from "./droplets.ts";
import { emptyListRoutes } from "./emptyLists.ts";
import { FaultPlan } from "./faults.ts";
import { firewallChangeRoutes } from "./firewallChanges.ts";
import { firewallRoutes } from "./firewalls.ts";
import { imageActionRoutes } from "./imageActions.ts";
import { imageRoutes } from "./images.ts";
import { instantMachines, type MachineBackend } from "./machines.ts";
import { describeDroplet, type Metadata } from "./metadata.ts";
import { projectResourceRoutes } from "./projectResources.ts";
import { projectRoutes } from "./projects.ts";
import { documentationPool, type Ipv4Pool } from "./publicAddresses.ts";
import { type RateLimit, RateLimiter } from "./rateLimit.ts";
import { regionRoutes } from "./regions.ts";
import { RequestLog, type RequestRecord } from "./requestLog.ts";
import { createApiServer } from "./server.ts";
import { sizeRoutes } from "./sizes.ts";
import { addSnapshot, snapshotRoutes, type SnapshotToAdd } from "./snapshots.ts";
import { sshKeyRoutes } from "./sshKeys.ts";
import { seedAccount } from "./seed.ts";
import { readState, writeState } from "./stateFile.ts";
import { tagRoutes } from "./tags.ts";
import { vpcRoutes } from "./vpcs.ts";

export type { Timing } from "./cloud.ts";
export type {
  CloudFirewall,
  FirewallRule,
  Ipv4Assignment,
  Ipv6Assignment,
  MachineBackend,
  MachineSpec,
} from "./machines.ts";
export type { Ipv4Pool } from "./publicAddresses.ts";
export type { RateLimit } from "./rateLimit.ts";
export type { SnapshotToAdd } from "./snapshots.ts";

/** How to run the emulator. */
export interface DigitalOceanOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Tokens that are accepted; all of them belong to the one account. */
  readonly tokens: readonly string[];
  /** @default instantMachines() */
  readonly machines?: MachineBackend;
  /** Where the account's state is kept across restarts. @default only in memory */
  readonly stateFile?: string;
  /** @default the real time */
  readonly clock?: Clock;
  /** @default 198.51.100.16 to 198.51.100.254, gateway 198.51.100.1 */
  readonly publicIpv4Pool?: Ipv4Pool;
  /** @default 5000 an hour and 250 a minute */
  readonly rateLimit?: RateLimit;
  /** @default create 200, action 100, firewall 100, delete 100 */
  readonly timing?: Partial<Timing>;
  /** Droplets that the account may have. @default 25 */
  readonly dropletLimit?: number;
  /** Told to droplets by the metadata service. @default ["203.0.113.53"] */
  readonly nameservers?: readonly string[];
  /** Regions where the new account has no default VPC yet, so that the first VPC made there becomes it. @default none */
  readonly unusedRegions?: readonly string[];
  /** Told when a machine did not do what it was asked, or a request broke the emulator. @default nobody */
  readonly onError?: (message: string) => void;
}

/** A running emulator. */
export interface DigitalOcean {
  /** http://host:port, for DIGITALOCEAN_API_URL. */
  readonly url: string;
  /** The newest requests, oldest first. */
  readonly requests: readonly RequestRecord[];
  readonly faults: FaultPlan;
  /** Puts a droplet snapshot into the account and returns its numeric ID. */
  addSnapshot(snapshot: SnapshotToAdd): number;
  /** What the droplet with this public or private address may know of itself; undefined: no such droplet. */
  metadataFor(address: string): Metadata | undefined;
  /** Stops listening and drops every connection; machines are left as they are. */
  close(): Promise<void>;
}

const defaultTiming: Timing = { create: 200, action: 100, firewall: 100, delete: 100 };

/**
 * Starts the emulator of DigitalOcean's API over plain HTTP.
 * @throws Error when the state file cannot be read or the address is taken.
 */
export async function startDigitalOcean(options: DigitalOceanOptions): Promise<DigitalOcean> {
  const clock = stoppable(options.clock ?? systemClock());
  const cloud = createCloud(options, clock);
  const log = new RequestLog();
  const faults = new FaultPlan();
  const server = createApiServer({
    routes: allRoutes(cloud),
    tokens: options.tokens,
    clock,
    faults,
    limiter: new RateLimiter(options.rateLimit ?? { perHour: 5000, perMinute: 250 }, clock),
    log,
    save: () => cloud.save(),
    onError: (message) => cloud.report(message),
  });
  await listen(server, options.host, options.port);
  const { address, port } = server.address() as AddressInfo;
  resumeDroplets(cloud);
  return {
    url: `http://${address.includes(":") ? `[${address}]` : address}:${port}`,
    requests: log.records,
    faults,
    addSnapshot: (snapshot) => addSnapshot(cloud, snapshot),
    metadataFor: (source) => describeDroplet(cloud.state, source, options.nameservers ?? ["203.0.113.53"]),
    close: () => {
      clock.stop();
      cloud.close();
      return close(server);
    },
  };
}

function createCloud(options: DigitalOceanOptions, clock: Clock): Cloud {
  const { stateFile } = options;
  const saved = stateFile === undefined ? undefined : readState(stateFile);
  const state = saved ?? seedAccount(clock, options.unusedRegions ?? []);
  return new Cloud({
    state,
    clock,
    timing: { ...defaultTiming, ...options.timing },
    machines: options.machines ?? instantMachines(),
    publicIpv4Pool: options.publicIpv4Pool ?? documentationPool,
    dropletLimit: options.dropletLimit ?? 25,
    persist: () => {
      if (stateFile !== undefined) writeState(stateFile, state);
    },
    onError: options.onError ?? (() => undefined),
  });
}

function allRoutes(cloud: Cloud): ReturnType<typeof regionRoutes> {
  return [
    ...accountRoutes(cloud),
    ...sshKeyRoutes(cloud),
    ...regionRoutes(),
    ...sizeRoutes(),
    ...imageRoutes(cloud),
    ...imageActionRoutes(cloud),
    ...snapshotRoutes(cloud),
    ...actionRoutes(cloud),
    ...tagRoutes(cloud),
    ...vpcRoutes(cloud),
    ...projectRoutes(cloud),
    ...projectResourceRoutes(cloud),
    ...firewallRoutes(cloud),
    ...firewallChangeRoutes(cloud),
    ...dropletActionRoutes(cloud),
    ...dropletRoutes(cloud),
    ...emptyListRoutes(),
  ];
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      reject(new Error(`cannot listen on "${host}:${port}": ${error.message}`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
