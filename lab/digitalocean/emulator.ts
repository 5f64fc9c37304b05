// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "./clock.ts";
import type { FaultPlan } from "./faults.ts";
import type { MachineBackend } from "./machines.ts";
import type { Metadata } from "./metadata.ts";
import type { RequestRecord } from "./requestLog.ts";

export type {
  CloudFirewall,
  FirewallRule,
  Ipv4Assignment,
  Ipv6Assignment,
  MachineBackend,
  MachineSpec,
} from "./machines.ts";

/** Addresses that droplets get, in order; freed ones are used again last. */
export interface Ipv4Pool {
  /** For example "198.51.100.16". */
  readonly first: string;
  readonly last: string;
  readonly netmask: string;
  readonly gateway: string;
}

/** How long things take, in milliseconds. */
export interface Timing {
  /** From the request to the start of the boot. */
  readonly create: number;
  /** Before a power action, a resize, a rename ... takes effect. */
  readonly action: number;
  /** Before a firewall's change reaches the droplets. */
  readonly firewall: number;
  /** Before a deleted droplet is gone. */
  readonly delete: number;
}

/** Requests that one token may make. */
export interface RateLimit {
  readonly perHour: number;
  readonly perMinute: number;
}

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
}

/** A snapshot to put into the account. */
export interface SnapshotToAdd {
  readonly name: string;
  readonly regions: readonly string[];
  /** Gigabytes. @default 10 */
  readonly minDiskSize?: number;
  /** @default 1 */
  readonly sizeGigabytes?: number;
  /** @default "Debian" */
  readonly distribution?: string;
  /** @default none */
  readonly tags?: readonly string[];
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

/** Starts the emulator of DigitalOcean's API over plain HTTP. */
export function startDigitalOcean(options: DigitalOceanOptions): Promise<DigitalOcean> {
  return Promise.reject(new Error(`cannot listen on "${options.host}": not built yet`));
}
