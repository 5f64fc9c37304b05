// SPDX-License-Identifier: Apache-2.0

/** How to run a tailscaled of its own in a network namespace. */
export interface TailscaledOptions {
  /** Paths of the two programs. */
  readonly programs: { readonly tailscale: string; readonly tailscaled: string };
  /** Its folder: state, socket, HOME, log. Keep the path short: a unix socket's path holds 107 bytes. */
  readonly directory: string;
  /** Name under /run/netns. */
  readonly netns: string;
  /** The only trusted authority (PEM). */
  readonly caFile: string;
  /** Address of the DNS server it uses; its /etc/resolv.conf is a private one. */
  readonly nameserver: string;
  /** Environment of the process beyond PATH and HOME, for example CLAWS_LAB_RUN. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** How to join. */
export interface JoinOptions {
  /** Handed to tailscale in a file of mode 0600 that is gone afterwards. */
  readonly authKey: string;
  readonly hostname: string;
  readonly controlUrl: string;
  /** Milliseconds. @default 30000 */
  readonly timeout?: number;
}

/** What LocalAPI says about a node. */
export interface NodeStatus {
  readonly backendState: string;
  readonly tun: boolean;
  readonly nodeId: string;
  /** FQDN with a final dot, "" before it joined. */
  readonly dnsName: string;
  readonly addresses: readonly string[];
  readonly tags: readonly string[];
  readonly peers: readonly PeerStatus[];
}

/** A peer in the status. */
export interface PeerStatus {
  readonly nodeId: string;
  readonly hostname: string;
  readonly dnsName: string;
  readonly addresses: readonly string[];
  readonly tags: readonly string[];
  readonly online: boolean;
}

/** A running tailscaled. */
export interface TailscaledNode {
  /** LocalAPI socket, for `tailscale --socket` and CLAWS_TAILSCALE_SOCKET. */
  readonly socket: string;
  readonly pid: number;
  readonly logFile: string;
  up(options: JoinOptions): Promise<void>;
  status(): Promise<NodeStatus>;
  /** GET from LocalAPI, for example "/localapi/v0/whois?addr=100.64.0.2"; null for 404. */
  localApi(path: string): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts tailscaled and waits for its LocalAPI. Needs root. */
export function startTailscaled(options: TailscaledOptions): Promise<TailscaledNode> {
  return Promise.reject(new Error(`cannot start "${options.programs.tailscaled}": not built yet`));
}
