// SPDX-License-Identifier: Apache-2.0

/** Lower-case names without a final dot, each with its IPv4 and IPv6 addresses. Looked up at each query, so it may change. */
export type DnsRecords = ReadonlyMap<string, readonly string[]>;

/** Where to listen and what to answer. */
export interface DnsOptions {
  readonly host: string;
  /** UDP and TCP port; 0 takes a free one for both. */
  readonly port: number;
  readonly records: DnsRecords;
}

/** A running DNS server. */
export interface Dns {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves A and AAAA records over UDP and TCP; any other name does not exist. */
export function startDns(options: DnsOptions): Promise<Dns> {
  return Promise.reject(new Error(`cannot listen on "${options.host}": not built yet`));
}
