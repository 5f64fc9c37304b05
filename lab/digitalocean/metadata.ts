// SPDX-License-Identifier: Apache-2.0
import type { Ipv4Assignment, Ipv6Assignment } from "./machines.ts";

/** What the metadata service tells one droplet about itself. */
export interface Metadata {
  readonly dropletId: number;
  readonly hostname: string;
  readonly region: string;
  /** Verbatim as given at creation; null when none was given. */
  readonly userData: string | null;
  /** OpenSSH public keys. */
  readonly publicKeys: readonly string[];
  /** Null for a droplet without public networking. */
  readonly publicIpv4: Ipv4Assignment | null;
  readonly publicIpv6: Ipv6Assignment | null;
  readonly privateIpv4: Ipv4Assignment;
  readonly tags: readonly string[];
  readonly nameservers: readonly string[];
}

/** How to run the metadata service. */
export interface MetadataOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Tells droplets apart by the address a request comes from; undefined: not a droplet, everything is 404. */
  readonly lookup: (sourceAddress: string) => Metadata | undefined;
}

/** A running metadata service. */
export interface MetadataService {
  /** http://host:port */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the service that droplets reach at 169.254.169.254; like the real one it asks for no token. */
export function startMetadata(options: MetadataOptions): Promise<MetadataService> {
  return Promise.reject(new Error(`cannot listen on "${options.host}": not built yet`));
}
