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
import { controlRoutes, type ControlState } from "./controlRoutes.ts";
import { createControlServers } from "./controlServer.ts";
import { drain } from "./drain.ts";
import { KeyStore } from "./keyStore.ts";
import type { Log } from "./log.ts";
import { panelRoutes, type PanelOptions } from "./panel/panelRoutes.ts";
import { RefusalLog } from "./refusalLog.ts";
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
 * is up, the control API. @throws Error or StartRefusal when it cannot or must not run; nothing is left open then
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { facts, now } = options;
  const startedAt = now().toISOString();
  const memory = new VersionMemory();
  const audit = await AuditLog.open(join(options.stateFolder, "audit.jsonl"), {
    now,
    onEntry: (entry) => memory.note(entry),
  });
  const store = new KeyStore({ providers: facts.providers, fingerprintKey: options.random(32), memory, now });
  const refusals = new RefusalLog({ audit, monotonic: options.monotonic });
  const life = { isStopping: false };
  const closeAll = async (servers: readonly Server[], milliseconds: number): Promise<void> => {
    life.isStopping = true;
    await drain(servers, milliseconds);
    store.wipe();
    options.agent.destroy();
    await rm(tokenPath(options), { force: true });
    await refusals.flush().catch(() => options.log({ event: "audit-unavailable" }));
    await audit.close();
  };

  const open: Server[] = [];
  try {
    const broker = await openBroker(options, store, life);
    open.push(broker);
    const bootId = options.random(16).toString("hex");
    const control = await openControl(options, { store, memory, audit, refusals, bootId, startedAt }, life);
    return {
      bootId,
      controlServers: () => control.listeners.servers,
      brokerPort: portOf(broker),
      watching: control.watching,
      async stop(drainMilliseconds) {
        await closeAll([...control.listeners.servers, broker], drainMilliseconds);
        options.log({ event: "stopped" });
      },
    };
  } catch (error) {
    await closeAll(open, 0);
    throw error;
  }
}

interface Life {
  isStopping: boolean;
}

function tokenPath({ runFolder }: DaemonOptions): string {
  return join(runFolder, "agent-token");
}

async function openBroker(options: DaemonOptions, keys: KeyStore, life: Life): Promise<Server> {
  const { agent, log, monotonic } = options;
  const providers = selectProviders(options.facts.providers, options.providers);
  const token = createAgentToken(options.random);
  await writeAgentToken(tokenPath(options), token, options.groupId);
  const usage = (line: UsageLine): void => log({ ...line });
  const broker = createBroker({
    token,
    providers,
    keys,
    agent,
    log: usage,
    monotonic,
    isStopping: () => life.isStopping,
  });
  await listen(broker, "127.0.0.1", options.brokerPort);
  log({ event: "broker-listening", port: portOf(broker), state: "sealed" });
  return broker;
}

function panelOptions({ facts, monotonic, random }: DaemonOptions): PanelOptions {
  const { hostname, operatorKeys = [], remoteBroker } = facts;
  return {
    ...{ hostname, monotonic, random },
    needsSealedPush: operatorKeys.length > 0,
    hasRemoteBroker: remoteBroker !== undefined,
  };
}

async function openControl(
  options: DaemonOptions,
  state: Omit<ControlState, "nodeId" | "runFolder"> & { readonly refusals: RefusalLog },
  life: Life,
): Promise<{ readonly listeners: TailnetListeners; readonly watching: Promise<void> }> {
  const { tailnet, log, facts } = options;
  const status = await waitForTailnet(options);
  let self: SelfNode = status.self;
  const caller = { nodeId: self.nodeId, name: self.name, address: "", login: null, tags: self.tags };
  await state.audit.append({ caller, action: "start", key: null, version: null, allowed: true, code: "ok" });

  const routes = controlRoutes({ ...state, nodeId: () => self.nodeId, runFolder: options.runFolder });
  const createServer = createControlServers({
    routes: [...routes, ...(await panelRoutes(routes, panelOptions(options)))],
    audit: state.audit,
    refusals: state.refusals,
    tailnet,
    self: () => self,
    agentTag: facts.tag,
    log,
    isStopping: () => life.isStopping,
  });
  const listeners = new TailnetListeners({ createServer, port: options.controlPort, log });
  await listeners.follow(status.addresses);
  const watching = watchTailnet(options, async (seen) => {
    self = seen.self;
    await listeners.follow(seen.addresses);
  });
  return { listeners, watching };
}
