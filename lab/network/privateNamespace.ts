// SPDX-License-Identifier: Apache-2.0
import { inNamespace } from "./namespaces.ts";

/** Puts the lab's name server over the host's, in a mount namespace that ends with the command. */
const withResolver = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';

/**
 * Arguments that run a command in a named network namespace with the given resolv.conf. A network namespace alone shares /etc with the host, and a
 * tailscale that runs there would rewrite the host's name server.
 */
export function inPrivateNamespace(netns: string, resolver: string, argv: readonly string[]): readonly string[] {
  const unshare = ["unshare", "--mount", "--propagation", "private", "--"];
  return inNamespace(netns, [...unshare, "sh", "-c", withResolver, "sh", resolver, ...argv]);
}
