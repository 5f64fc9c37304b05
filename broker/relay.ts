// SPDX-License-Identifier: Apache-2.0
import { connect } from "node:net";
import { Sensitive } from "../protocol/sensitive.ts";
import type { KeySource } from "./keySource.ts";
import type { Provider } from "./provider.ts";
import { whenConnected, type Dial } from "./upstreamDial.ts";

/**
 * The same providers, each behind the owner's broker at `endpoint` (`100.64.0.1:7441`, `[fd7a::1]:7441`), which puts the key in.
 * Plain HTTP: the tailnet encrypts it, and its address is the other end's identity.
 */
export function relayProviders(providers: readonly Provider[], endpoint: string): readonly Provider[] {
  return providers.map((provider) => ({
    ...provider,
    origin: `http://${endpoint}`,
    basePath: `/${provider.id}`,
    auth: null,
  }));
}

/** Dials the owner's broker and nothing else. */
export function createRelayDial(endpoint: string): Dial {
  const { hostname, port } = new URL(`http://${endpoint}`);
  const host = hostname.replace(/^\[|\]$/g, "");
  return (_address, done) => {
    const socket = connect({ host, port: port === "" ? 80 : Number(port) });
    whenConnected(socket, "connect", done);
    return socket;
  };
}

/** Lends nothing but the permission to ask: the keys, their caps and their expiry are the owner's broker's business. */
export function relayKeys(random: (bytes: number) => Buffer): KeySource {
  return {
    lend: () => {
      // No key is here that an answer could hold; what is looked for in answers all the same must be something that none holds.
      const secret = Sensitive.from(random(32).toString("base64url"));
      return { version: 0, secret, countsTokens: false, release: () => secret.wipe() };
    },
  };
}
