// SPDX-License-Identifier: Apache-2.0
import { rm } from "node:fs/promises";
import type { Server } from "node:http";
import type { Agent } from "node:https";
import { join } from "node:path";
import { createBroker } from "../../broker/broker.ts";
import type { Provider } from "../../broker/provider.ts";
import { selectProviders } from "../../broker/providerTable.ts";
import type { UsageLine } from "../../broker/usageLine.ts";
import type { AgentFacts } from "../../protocol/agentFacts.ts";
import { createAgentToken, writeAgentToken } from "./agentTokenFile.ts";
import { AuditLog } from "./auditLog.ts";
import { controlRoutes } from "./controlRoutes.ts";
import { createControlServers } from "./controlServer.ts";
import { drain } from "./drain.ts";
import { KeyStore } from "./keyStore.ts";
import type { Log } from "./log.ts";
import type { Tailnet } from "./tailnet.ts";
import { listen, portOf, TailnetListeners } from "./tailnetListeners.ts";
import type { SelfNode } from "./tailnetStatus.ts";
import { waitForTailnet, watchTailnet, type Wait } from "./tailnetWatch.ts";
import { VersionMemory } from "./versionMemory.ts";

/** All that the daemon takes from outside. */
export interface DaemonOptions {
  readonly facts: AgentFacts;
  readonly tailnet: Tailnet;
  /** Connections to providers. */
  readonly agent: Agent;
  /** The broker's table unless a test brings its own. */
  readonly providers?: readonly Provider[];
  /** Folder of the audit log. */
  readonly stateFolder: string;
  /** Folder of the placeholder. */
  readonly runFolder: string;
  /** Group that may read the placeholder. */
  readonly groupId: number;
  readonly controlPort: number;
  readonly brokerPort: number;
  readonly now: () => Date;
  readonly monotonic: () => number;
  readonly random: (bytes: number) => Buffer;
  readonly wait: Wait;
  readonly log: Log;
  /** Aborting it ends the wait for the tailnet and the watch over it. */
  readonly signal: AbortSignal;
}

/** A daemon that answers on both sides. */
export interface Daemon {
  readonly bootId: string;
  /** The servers of the control API, one for each tailnet address that could be bound. */
  readonly controlServers: () => readonly Server[];
  readonly brokerPort: number;
  /** Resolves when the watch over the tailnet has ended; rejects when the daemon must not go on. */
  readonly watching: Promise<void>;
  /** Lets requests under way end for so many milliseconds, then forgets every key. */
  stop(drainMilliseconds: number): Promise<void>;
}

/**
 * Starts the daemon: first the broker, sealed, so that the workload gets a clear answer from its first second on; then, once the tailnet
 * is up, the control API. @throws Error or StartRefusal when it cannot or must not run
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { facts, now, log, random } = options;
  const startedAt = now().toISOString();
  const bootId = random(16).toString("hex");
  const providers = selectProviders(facts.providers, options.providers);
  const memory = new VersionMemory();
  const audit = await AuditLog.open(join(options.stateFolder, "audit.jsonl"), {
    now,
    onEntry: (entry) => memory.note(entry),
  });
  const store = new KeyStore({ providers: facts.providers, fingerprintKey: random(32), memory, now });
  const tokenPath = join(options.runFolder, "agent-token");
  let isStopping = false;

  const token = createAgentToken(random);
  await writeAgentToken(tokenPath, token, options.groupId);
  const { agent, monotonic } = options;
  const usage = (line: UsageLine): void => log({ ...line });
  const broker = createBroker({
    token,
    providers,
    keys: store,
    agent,
    log: usage,
    monotonic,
    isStopping: () => isStopping,
  });
  await listen(broker, "127.0.0.1", options.brokerPort);
  log({ event: "broker-listening", port: portOf(broker), state: "sealed" });

  const status = await waitForTailnet(options);
  let self: SelfNode = status.self;
  const caller = { nodeId: self.nodeId, name: self.name, address: "", login: null, tags: self.tags };
  await audit.append({ caller, action: "start", key: null, version: null, allowed: true, code: "ok" });

  const routes = controlRoutes({ store, audit, bootId, startedAt, nodeId: () => self.nodeId });
  const { tailnet } = options;
  const control = { routes, audit, tailnet, self: () => self, agentTag: facts.tag, log, isStopping: () => isStopping };
  const listeners = new TailnetListeners({
    createServer: createControlServers(control),
    port: options.controlPort,
    log,
  });
  await listeners.follow(status.addresses);
  const watching = watchTailnet(options, async (seen) => {
    self = seen.self;
    await listeners.follow(seen.addresses);
  });

  return {
    bootId,
    controlServers: () => listeners.servers,
    brokerPort: portOf(broker),
    watching,
    async stop(drainMilliseconds) {
      isStopping = true;
      await drain([...listeners.servers, broker], drainMilliseconds);
      store.wipe();
      token.wipe();
      agent.destroy();
      await rm(tokenPath, { force: true });
      await audit.close();
      log({ event: "stopped" });
    },
  };
}
