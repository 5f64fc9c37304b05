// SPDX-License-Identifier: Apache-2.0
import { ParseError } from "../protocol/parseError.ts";
import { optional, readBoolean, readList, readObject, readText } from "../protocol/shape.ts";
import type { AskTailscaled, QuestionBounds } from "./askTailscaled.ts";
import { failure } from "./errors.ts";

/** A node as the operator's own tailscaled sees it. */
export interface TailnetPeer {
  /** Stable node ID. */
  readonly nodeId: string;
  readonly hostName: string;
  readonly addresses: readonly string[];
  readonly tags: readonly string[];
  readonly online: boolean;
  /** Its SSH host keys as the tailnet vouches for them, `TYPE BASE64` each; missing: it has no SSH. */
  readonly sshHostKeys?: readonly string[];
}

/** What the operator's own tailscaled knows. */
export interface TailnetStatus {
  /** `Running` when the tailnet can be used. */
  readonly backendState: string;
  /** Kernel interface, as opposed to userspace networking. */
  readonly tun: boolean;
  readonly peers: readonly TailnetPeer[];
}

/** The status of a large tailnet takes longer than other questions. */
export const STATUS_BOUNDS: QuestionBounds = { totalTimeout: 5000, limit: 32 * 1024 * 1024 };
const ignore = { others: "ignore" } as const;
const word = readText(1000);
const readPeer = readObject<{
  ID: string;
  HostName: string;
  TailscaleIPs?: readonly string[];
  Tags?: readonly string[];
  Online?: boolean;
  sshHostKeys?: readonly string[];
}>(
  {
    ID: word,
    HostName: word,
    TailscaleIPs: optional(nullAsMissing(readList(word, 100))),
    Tags: optional(nullAsMissing(readList(word, 100))),
    Online: optional(readBoolean),
    sshHostKeys: optional(nullAsMissing(readList(readText(10_000), 20))),
  },
  ignore,
);
const readStatus = readObject<{ BackendState: string; TUN?: boolean; Peer?: Readonly<Record<string, unknown>> }>(
  { BackendState: word, TUN: optional(readBoolean), Peer: optional(nullAsMissing(readMap)) },
  ignore,
);

/**
 * Asks the operator's own tailscaled for the nodes of the tailnet.
 *
 * @throws UserError (exit 1) when it does not answer or its answer cannot be read.
 */
export async function fetchTailnetStatus(ask: AskTailscaled): Promise<TailnetStatus> {
  const reply = await ask("status");
  if (reply.status !== 200) throw failure(`tailscaled answered with status ${reply.status}`);
  return parseTailnetStatus(reply.body);
}

/** Reads the LocalAPI's status. @throws UserError (exit 1) when it does not have the expected form. */
export function parseTailnetStatus(body: Uint8Array): TailnetStatus {
  try {
    // The document is tailscaled's own and large; only the members below are looked at.
    const status = readStatus(JSON.parse(Buffer.from(body).toString("utf8")), "");
    return {
      backendState: status.BackendState,
      tun: status.TUN ?? false,
      peers: Object.values(status.Peer ?? {}).map(toPeer),
    };
  } catch (error) {
    if (error instanceof ParseError || error instanceof SyntaxError)
      throw failure(
        "cannot read the answer of tailscaled: it does not have the expected form",
        "check the version of tailscaled",
      );
    throw error;
  }
}

/**
 * The address of the node with this ID: the only thing that is trusted is the ID, never a name.
 *
 * @throws UserError (exit 1) when the tailnet is down, has no such node, or the node does not carry the tag.
 */
export function addressOf(status: TailnetStatus, nodeId: string, tag: string): string {
  if (status.backendState !== "Running")
    throw failure(`this machine is not on the tailnet: tailscaled is in state ${status.backendState}`, "tailscale up");
  const peer = status.peers.find((one) => one.nodeId === nodeId);
  if (peer === undefined)
    throw failure(
      `no node ${nodeId} in the tailnet`,
      "the policy must let this machine reach the agents: claws tailnet policy show",
      "or the node was replaced: claws up",
    );
  if (!peer.tags.includes(tag)) throw failure(`node ${nodeId} does not carry ${tag}`, "refusing to talk to it");
  const address = peer.addresses.find((one) => one.includes(".")) ?? peer.addresses[0];
  if (address === undefined) throw failure(`node ${nodeId} has no address in the tailnet`);
  return address;
}

function toPeer(value: unknown): TailnetPeer {
  const peer = readPeer(value, "Peer");
  return {
    nodeId: peer.ID,
    hostName: peer.HostName,
    addresses: peer.TailscaleIPs ?? [],
    tags: peer.Tags ?? [],
    online: peer.Online ?? false,
    ...(peer.sshHostKeys === undefined ? {} : { sshHostKeys: peer.sshHostKeys }),
  };
}

function nullAsMissing<T>(
  reader: (value: unknown, path: string) => T,
): (value: unknown, path: string) => T | undefined {
  return (value, path) => (value === null ? undefined : reader(value, path));
}

function readMap(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new ParseError(path, "must be an object");
}
