// SPDX-License-Identifier: Apache-2.0
import { failure } from "../errors.ts";
import type { KnownAgent } from "../stackOutputs.ts";
import { addressOf, type TailnetStatus } from "../tailnet.ts";

/** Where to log in, and by which keys the other end is known. */
export interface SshTarget {
  readonly address: string;
  /** Name under which the host keys are looked up: made of the node's ID, so that no other node's keys count. */
  readonly alias: string;
  /** `TYPE BASE64`, at least one. */
  readonly hostKeys: readonly string[];
  /** Types of the keys, the only ones that are taken. */
  readonly keyTypes: readonly string[];
  /** The own tailscaled has no interface of the kernel's, so a connection goes through its CLI. */
  readonly needsProxy: boolean;
}

/** One line of a file of known hosts: nothing in it can start another line or another host. */
const HOST_KEY = /^(ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521)|ssh-rsa) [A-Za-z0-9+/]{40,8000}={0,2}$/;

/** What OpenSSH signs with an RSA key: never SHA-1. */
const RSA_SIGNATURES = ["rsa-sha2-512", "rsa-sha2-256"];

/**
 * The agent's node, found by its ID, with the host keys that the tailnet vouches for.
 *
 * @throws UserError (exit 1) when the node is not there or the tailnet vouches for no key of it.
 */
export function sshTarget(status: TailnetStatus, name: string, { nodeId, nodeTag }: KnownAgent): SshTarget {
  const address = addressOf(status, nodeId, nodeTag);
  const offered = status.peers.find((peer) => peer.nodeId === nodeId)?.sshHostKeys ?? [];
  const hostKeys = offered.filter((key) => HOST_KEY.test(key));
  if (hostKeys.length === 0)
    throw failure(
      `refusing to log in to ${name}: the tailnet vouches for no SSH host key of node ${nodeId}`,
      "SSH is off for an agent whose configuration says ssh: false, or that has operatorKeys and does not say ssh: true",
      "a droplet of an older image has none either: claws up with a new image",
    );
  const types = new Set(hostKeys.map((key) => key.split(" ")[0] ?? ""));
  return {
    address,
    alias: `claws-node-${nodeId.replace(/[^A-Za-z0-9]/g, "-").toLowerCase()}`,
    hostKeys,
    keyTypes: [...types].flatMap((type) => (type === "ssh-rsa" ? RSA_SIGNATURES : [type])),
    needsProxy: !status.tun,
  };
}

/** The file of known hosts that lets in this node and no other. */
export function knownHosts({ alias, hostKeys }: SshTarget): string {
  return hostKeys.map((key) => `${alias} ${key}\n`).join("");
}
