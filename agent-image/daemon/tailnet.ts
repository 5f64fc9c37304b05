// SPDX-License-Identifier: Apache-2.0
import { isIPv6 } from "node:net";
import type { LocalApi } from "./localApi.ts";
import { parseTailnetStatus, type TailnetStatus } from "./tailnetStatus.ts";
import { parseWhois, type Whois } from "./whois.ts";

/** What the daemon asks of its own tailscaled. */
export interface Tailnet {
  /** @throws Error when tailscaled does not answer or answers nonsense */
  status(): Promise<TailnetStatus>;
  /** Who uses this address; undefined when nobody known does. @throws Error when tailscaled does not answer or answers nonsense */
  whois(address: string, port: number): Promise<Whois | undefined>;
}

/** The tailnet as tailscaled's LocalAPI shows it. */
export function createTailnet(localApi: LocalApi): Tailnet {
  return {
    async status() {
      const { status, body } = await localApi("status?peers=false");
      if (status !== 200) throw new Error(`cannot read the tailnet status: tailscaled answered ${status}`);
      return parseTailnetStatus(body);
    },
    async whois(address, port) {
      const peer = isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
      const { status, body } = await localApi(`whois?proto=tcp&addr=${encodeURIComponent(peer)}`);
      if (status === 404) return undefined;
      if (status !== 200) throw new Error(`cannot look up a caller: tailscaled answered ${status}`);
      return parseWhois(body);
    },
  };
}
