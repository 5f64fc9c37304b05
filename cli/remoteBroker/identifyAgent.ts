// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { BrokerClient, Identify } from "../../broker/brokerClient.ts";
import { unmapAddress } from "../../broker/unmapAddress.ts";
import type { WhoisNode } from "../../protocol/whoisNode.ts";

/** An agent that may borrow keys, and the node that it must be. */
export interface RemoteAgent {
  readonly nodeId: string;
  /** Tag that the node must carry. */
  readonly nodeTag: string;
  readonly client: BrokerClient;
}

/** What {@link identifyAgent} looks at. */
export interface AgentIdentity {
  readonly agents: readonly RemoteAgent[];
  /** Asks the own tailscaled who is at the other end. */
  readonly whois: (address: string, port: number) => Promise<WhoisNode | undefined>;
  /** Milliseconds that only go up. */
  readonly monotonic: () => number;
}

/** How long an answer holds for a connection. Its other end cannot change, but what the tailnet says of it can. */
const KNOWN_MILLISECONDS = 30_000;

interface Known {
  readonly found: Promise<RemoteAgent | "identity-unavailable" | undefined>;
  readonly until: number;
}

/**
 * Lets in the nodes of known agents and nobody else. A node is known by its ID, which cannot be taken over, and by its tag; what the
 * request says about its sender is not looked at. Asked once in half a minute for each connection, so that a node which has lost its
 * tag or was removed cannot go on as before by never letting its connection idle.
 */
export function identifyAgent({ agents, whois, monotonic }: AgentIdentity): Identify {
  const known = new WeakMap<Socket, Known>();
  return async (request) => {
    const { socket } = request;
    const before = known.get(socket);
    const isFresh = before !== undefined && monotonic() < before.until;
    const { found } = isFresh ? before : remember(request);
    const agent = await found;
    // Who could not be looked up now may be there a moment later.
    if (agent === "identity-unavailable") known.delete(socket);
    if (agent === undefined) return "unknown-agent";
    return agent === "identity-unavailable" ? agent : agent.client;
  };

  function remember(request: IncomingMessage): Known {
    const now = { found: lookUp(request), until: monotonic() + KNOWN_MILLISECONDS };
    known.set(request.socket, now);
    return now;
  }

  async function lookUp({ socket }: IncomingMessage): Promise<RemoteAgent | "identity-unavailable" | undefined> {
    const address = unmapAddress(socket.remoteAddress ?? "");
    try {
      const node = await whois(address, socket.remotePort ?? 0);
      return node === undefined ? undefined : agents.find((agent) => isNodeOf(agent, node, address));
    } catch {
      return "identity-unavailable";
    }
  }
}

function isNodeOf(agent: RemoteAgent, node: WhoisNode, address: string): boolean {
  if (node.isShared || node.isExpired || !node.addresses.includes(address)) return false;
  return node.nodeId === agent.nodeId && node.tags.includes(agent.nodeTag);
}
