// SPDX-License-Identifier: Apache-2.0
import type { Server } from "node:http";
import { join } from "node:path";
import { createBroker, type BrokerOptions } from "../../broker/broker.ts";
import { identifyWorkload } from "../../broker/identifyWorkload.ts";
import { listen, portOf } from "../../broker/listen.ts";
import type { KeySource } from "../../broker/keySource.ts";
import type { Provider } from "../../broker/provider.ts";
import { createAgentToken, writeAgentToken } from "./agentTokenFile.ts";
import type { Log } from "./log.ts";

/** What the broker of a droplet needs. */
export interface BrokerServerOptions {
  readonly hostname: string;
  readonly providers: readonly Provider[];
  readonly keys: KeySource;
  /** Connections to providers, or to the owner's broker. */
  readonly agent: BrokerOptions["agent"];
  /** Folder of the placeholder. */
  readonly runFolder: string;
  /** User ID of the workload: a request from another user's process is refused. */
  readonly workloadUid: number;
  readonly brokerPort: number;
  readonly now: () => Date;
  readonly monotonic: () => number;
  readonly random: (bytes: number) => Buffer;
  readonly log: Log;
}

/** Where the placeholder is. */
export function tokenPath({ runFolder }: Pick<BrokerServerOptions, "runFolder">): string {
  return join(runFolder, "agent-token");
}

/** Writes a new placeholder and starts the broker on loopback. @throws Error when it cannot listen or write */
export async function openBroker(options: BrokerServerOptions, isStopping: () => boolean): Promise<Server> {
  const { hostname, providers, keys, workloadUid, agent, log, monotonic, now } = options;
  const token = createAgentToken(options.random);
  await writeAgentToken(tokenPath(options), token);
  const identify = identifyWorkload({ token, peerUid: workloadUid }, { name: hostname, providers, keys });
  const broker = createBroker({ identify, agent, log: (line) => log({ ...line }), monotonic, now, isStopping });
  await listen(broker, "127.0.0.1", options.brokerPort);
  log({ event: "broker-listening", port: portOf(broker), state: "sealed" });
  return broker;
}
