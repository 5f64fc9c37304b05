// SPDX-License-Identifier: Apache-2.0
import type { Server } from "node:http";
import { BlockList, isIP } from "node:net";
import { listen, portOf } from "../../broker/listen.ts";
import type { Log } from "./log.ts";

/** What the listeners need. */
export interface TailnetListenersOptions {
  /** Makes a server of the control API, not listening yet. */
  readonly createServer: () => Server;
  readonly port: number;
  readonly log: Log;
}

const everywhere = new BlockList();
everywhere.addSubnet("0.0.0.0", 8, "ipv4");
everywhere.addSubnet("224.0.0.0", 3, "ipv4");
everywhere.addAddress("::", "ipv6");
everywhere.addSubnet("ff00::", 8, "ipv6");

/**
 * One listener for each tailnet address, and none for any other. Addresses that cannot be bound yet are tried again with the next
 * {@link TailnetListeners.follow}; those that are gone are closed.
 */
export class TailnetListeners {
  readonly #options: TailnetListenersOptions;
  readonly #servers = new Map<string, Server>();

  constructor(options: TailnetListenersOptions) {
    this.#options = options;
  }

  /** The servers that listen now. */
  get servers(): readonly Server[] {
    return [...this.#servers.values()];
  }

  /** Listens on exactly these addresses, as far as the system lets it. Never on one that stands for all. */
  async follow(addresses: readonly string[]): Promise<void> {
    for (const [address, server] of [...this.#servers]) {
      if (!addresses.includes(address)) this.#close(address, server);
    }
    for (const address of addresses) {
      if (!this.#servers.has(address)) await this.#open(address);
    }
  }

  async #open(address: string): Promise<void> {
    const { createServer, port, log } = this.#options;
    if (standsForMany(address)) {
      log({ event: "listen-refused", address });
      return;
    }
    const server = createServer();
    try {
      await listen(server, address, port);
      this.#servers.set(address, server);
      log({ event: "listening", address, port: portOf(server) });
    } catch (error) {
      // The address of an interface that is just coming up (EADDRNOTAVAIL), or a port that another program still holds (EADDRINUSE).
      log({ event: "listen-failed", address, port, code: (error as NodeJS.ErrnoException).code ?? "unknown" });
    }
  }

  #close(address: string, server: Server): void {
    server.close();
    server.closeIdleConnections();
    this.#servers.delete(address);
    this.#options.log({ event: "listening-ended", address });
  }
}

function standsForMany(address: string): boolean {
  const family = isIP(address);
  return (
    family === 0 ||
    address.toLowerCase().startsWith("::ffff:") ||
    everywhere.check(address, family === 4 ? "ipv4" : "ipv6")
  );
}
