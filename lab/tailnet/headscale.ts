// SPDX-License-Identifier: Apache-2.0
import type { Certificate } from "../certificates.ts";
import type { HeadscaleClient } from "./headscaleClient.ts";

/** How to run headscale. */
export interface HeadscaleOptions {
  /** Path of the headscale program. */
  readonly program: string;
  /** Its folder: database, keys, socket, log. Keep the path short: a unix socket's path holds 107 bytes. */
  readonly directory: string;
  /** What clients call it, for example https://controlplane.lab.example. */
  readonly serverUrl: string;
  /** host:port for HTTPS. */
  readonly listen: string;
  readonly tls: Certificate;
  /** host:port for STUN (UDP). */
  readonly stunListen: string;
  /** Certificate of the authority that issued `tls`. */
  readonly caFile: string;
  /** Environment of the process beyond PATH and HOME, for example CLAWS_LAB_RUN. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Parent domain of MagicDNS names. @default "tailnet.lab.example" */
  readonly baseDomain?: string;
}

/** A running headscale and its API. */
export interface Headscale extends HeadscaleClient {
  /** The server URL that clients are given. */
  readonly url: string;
  /** Where REST v1 answers. */
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly baseDomain: string;
  readonly pid: number;
  readonly logFile: string;
  /** Ends the process and waits for it; the folder stays. */
  stop(): Promise<void>;
}

/** Starts headscale and waits until its API answers. */
export function startHeadscale(options: HeadscaleOptions): Promise<Headscale> {
  return Promise.reject(new Error(`cannot start "${options.program}": not built yet`));
}
