// SPDX-License-Identifier: Apache-2.0
import { requestText } from "./httpText.ts";

/** What LocalAPI says about a node. */
export interface NodeStatus {
  /** "NoState", "NeedsLogin", "Starting", "Running" and so on. */
  readonly backendState: string;
  /** Whether it has a kernel network device. */
  readonly tun: boolean;
  /** "" before it joined. */
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

/**
 * Asks tailscaled over its socket; null for 404, which is its answer about an unknown address.
 * @throws when there is no answer or another error.
 */
export async function readLocalApi(socket: string, path: string): Promise<unknown> {
  const request = { method: "GET", origin: "http://local-tailscaled.sock", path, socketPath: socket };
  const { status, body } = await requestText(request);
  if (status === 404) return null;
  if (status !== 200) throw new Error(`cannot read "${path}" from tailscaled: ${status} ${body.trim().slice(0, 200)}`);
  return JSON.parse(body) as unknown;
}

/** @throws when it is not a status of LocalAPI. */
export function parseStatus(value: unknown): NodeStatus {
  const status = members(value);
  const self = parsePeer(status["Self"]);
  return {
    backendState: text(status, "BackendState"),
    tun: status["TUN"] === true,
    nodeId: self.nodeId,
    dnsName: self.dnsName,
    addresses: self.addresses,
    tags: self.tags,
    peers: Object.values(members(status["Peer"] ?? {})).map(parsePeer),
  };
}

function parsePeer(value: unknown): PeerStatus {
  const peer = members(value);
  return {
    nodeId: text(peer, "ID"),
    hostname: text(peer, "HostName"),
    dnsName: text(peer, "DNSName"),
    addresses: texts(peer, "TailscaleIPs"),
    tags: texts(peer, "Tags"),
    online: peer["Online"] === true,
  };
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error("cannot read tailscaled's status: not an object");
}

function text(of: Readonly<Record<string, unknown>>, name: string): string {
  const value = of[name];
  if (typeof value === "string") return value;
  throw new Error(`cannot read tailscaled's status: "${name}" is not a string`);
}

/** An empty list is absent or null there. */
function texts(of: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  const value = of[name] ?? [];
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw new Error(`cannot read tailscaled's status: "${name}" is not a list of strings`);
}
