// SPDX-License-Identifier: Apache-2.0
import type { Socket } from "node:net";
import type { Sensitive } from "../protocol/sensitive.ts";
import { hasAgentToken } from "./agentToken.ts";
import type { BrokerClient, Identify } from "./brokerClient.ts";
import { createPeerUserLookup, type FindPeerUser } from "./peerUser.ts";

/** How a broker on the droplet knows its workload. */
export interface WorkloadIdentity {
  /** The placeholder. */
  readonly token: Sensitive;
  /**
   * User ID that the process at the other end must have; root is nothing special. Undefined: not looked at, as for a broker that
   * others reach through a proxy.
   */
  readonly peerUid?: number | undefined;
  /** The kernel's tables by default. */
  readonly findPeerUser?: FindPeerUser;
}

/**
 * Lets in the one workload of a droplet: it must send the placeholder, and its connection must belong to its user. The user is looked
 * up once for each connection; a request without the placeholder never gets that far.
 */
export function identifyWorkload(identity: WorkloadIdentity, client: BrokerClient): Identify {
  const { token, peerUid, findPeerUser = createPeerUserLookup() } = identity;
  const owned = new WeakMap<Socket, boolean>();
  return (request) => {
    if (!hasAgentToken(request.rawHeaders, request.url ?? "", token)) return "bad-token";
    if (peerUid === undefined) return client;
    const known = owned.get(request.socket);
    if (known !== undefined) return known ? client : "wrong-user";
    return findPeerUser(request.socket).then((uid) => {
      // A table that is read while it changes may lack a line: that is no reason to refuse the connection for ever.
      if (uid !== undefined) owned.set(request.socket, uid === peerUid);
      return uid === peerUid ? client : "wrong-user";
    });
  };
}
