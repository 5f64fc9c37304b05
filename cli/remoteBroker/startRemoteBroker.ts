// SPDX-License-Identifier: Apache-2.0
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createBroker } from "../../broker/broker.ts";
import type { Identify } from "../../broker/brokerClient.ts";
import { drain } from "../../broker/drain.ts";
import { listen } from "../../broker/listen.ts";
import type { UpstreamAgent } from "../../broker/upstreamAgent.ts";
import type { UsageLine } from "../../broker/usageLine.ts";
import { codeOf, failure } from "../errors.ts";

/** What the owner's broker needs. */
export interface RemoteBrokerOptions {
  /** The machine's tailnet addresses, and no other. */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly identify: Identify;
  readonly upstream: UpstreamAgent;
  readonly log: (line: UsageLine, agent?: string) => void;
  readonly now: () => Date;
  readonly monotonic: () => number;
}

/** A broker that listens. */
export interface RemoteBroker {
  /** `address:port` of each listener. */
  readonly listening: readonly string[];
  /** Refuses new requests, lets those under way end for so many milliseconds, then cuts them. */
  stop(drainMilliseconds: number): Promise<void>;
}

/** Starts the broker of the remote tier. @throws UserError when an address cannot be listened on; nothing is left open then */
export async function startRemoteBroker(options: RemoteBrokerOptions): Promise<RemoteBroker> {
  const { addresses, port, identify, upstream, log, now, monotonic } = options;
  const life = { isStopping: false };
  const isStopping = (): boolean => life.isStopping;
  const servers: Server[] = [];
  const stop = async (milliseconds: number): Promise<void> => {
    life.isStopping = true;
    await drain(servers, milliseconds);
    upstream.destroy();
  };
  try {
    for (const address of addresses) {
      const server = createBroker({ identify, agent: upstream, log, now, monotonic, isStopping });
      servers.push(await open(server, address, port));
    }
  } catch (error) {
    await stop(0);
    throw error;
  }
  return { listening: servers.map(placeOf), stop };
}

async function open(server: Server, address: string, port: number): Promise<Server> {
  await listen(server, address, port).catch((error: unknown) => {
    throw failure(`cannot listen on ${address}, port ${port}: ${codeOf(error) ?? "refused"}`);
  });
  return server;
}

function placeOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`;
}
