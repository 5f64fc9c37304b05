// SPDX-License-Identifier: Apache-2.0
import { rm } from "node:fs/promises";
import type { Server } from "node:http";
import { join } from "node:path";
import type { BrokerOptions } from "../../broker/broker.ts";
import { drain } from "../../broker/drain.ts";
import { portOf } from "../../broker/listen.ts";
import type { Provider } from "../../broker/provider.ts";
import { selectProviders } from "../../broker/providerTable.ts";
import { relayKeys, relayProviders } from "../../broker/relay.ts";
import type { AgentFacts } from "../../protocol/agentFacts.ts";
import { AuditLog } from "./auditLog.ts";
import { openBroker, tokenPath } from "./brokerServer.ts";
import { controlRoutes, type ControlState } from "./controlRoutes.ts";
import { createControlServers } from "./controlServer.ts";
import { readDropletSigner } from "./dropletSigner.ts";
import { KeyStore } from "./keyStore.ts";
import type { Log } from "./log.ts";
import { panelRoutes, type PanelOptions } from "./panel/panelRoutes.ts";
import { RefusalLog } from "./refusalLog.ts";
import { SealBox, type DropletSigner } from "./sealBox.ts";
import type { Tailnet } from "./tailnet.ts";
import { TailnetListeners } from "./tailnetListeners.ts";
import type { SelfNode } from "./tailnetStatus.ts";
import { waitForTailnet, watchTailnet, type Wait } from "./tailnetWatch.ts";
import { VersionMemory } from "./versionMemory.ts";

/** All that the daemon takes from outside. */
export interface DaemonOptions {
  readonly facts: AgentFacts;
  readonly tailnet: Tailnet;
  /** Connections to providers. */
  readonly agent: BrokerOptions["agent"];
  /** Opens a connection to a provider's origin before it is needed; not done by default. */
  readonly warm?: (origin: string) => void;
  /** The broker's table unless a test brings its own. */
  readonly providers?: readonly Provider[];
  /** Folder of the audit log and of the droplet's identity. */
  readonly stateFolder: string;
  /** Folder of the placeholder. */
  readonly runFolder: string;
  /** User ID of the workload. */
  readonly workloadUid: number;
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
  const { facts, now, monotonic, random } = options;
  const startedAt = now().toISOString();
  const providers = selectProviders(facts.providers, facts.customProviders, options.providers);
  const signer = await readDropletSigner(join(options.stateFolder, "identity"), facts);
  const memory = new VersionMemory();
  const audit = await AuditLog.open(join(options.stateFolder, "audit.jsonl"), {
    now,
    onEntry: (entry) => memory.note(entry),
  });
  const warm = (id: string): void => {
    const provider = providers.find((one) => one.id === id);
    if (provider !== undefined) options.warm?.(provider.origin);
  };
  const fingerprintKey = random(32);
  const { remoteBroker } = facts;
  const { providers: ids } = facts;
  const store = new KeyStore({ providers: ids, fingerprintKey, memory, now, monotonic, onActive: warm });
  const lending =
    remoteBroker === undefined
      ? { providers, keys: store }
      : { providers: relayProviders(providers, remoteBroker), keys: relayKeys(random) };
  const refusals = new RefusalLog({ audit, monotonic });
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
    const { hostname } = facts;
    const broker = await openBroker({ ...options, hostname, ...lending }, () => life.isStopping);
    open.push(broker);
    const bootId = random(16).toString("hex");
    const state = { store, memory, audit, refusals, signer, bootId, startedAt };
    const control = await openControl(options, state, life);
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

/** What is there before the tailnet is. */
interface StartedState extends Pick<ControlState, "store" | "memory" | "audit" | "bootId" | "startedAt"> {
  readonly refusals: RefusalLog;
  readonly signer: DropletSigner | undefined;
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
  state: StartedState,
  life: Life,
): Promise<{ readonly listeners: TailnetListeners; readonly watching: Promise<void> }> {
  const { tailnet, log, facts, runFolder, random, monotonic } = options;
  const status = await waitForTailnet(options);
  let self: SelfNode = status.self;
  const caller = { nodeId: self.nodeId, name: self.name, address: "", login: null, tags: self.tags };
  await state.audit.append({ caller, action: "start", key: null, version: null, allowed: true, code: "ok" });

  const nodeId = (): string => self.nodeId;
  const seals = new SealBox({ ...state, facts, nodeId, random, monotonic });
  const routes = controlRoutes({ ...state, facts, seals, nodeId, runFolder });
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
