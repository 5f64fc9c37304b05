// SPDX-License-Identifier: Apache-2.0
import { selectProviders } from "../../broker/providerTable.ts";
import { Spending } from "../../broker/spending.ts";
import { createUpstreamAgent } from "../../broker/upstreamAgent.ts";
import { BROKER_PORT } from "../../protocol/constants.ts";
import type { Values } from "../command.ts";
import type { Effects } from "../effects.ts";
import { UserError } from "../errors.ts";
import { openSelection } from "../selection.ts";
import type { KnownAgent, KnownAgents } from "../stackOutputs.ts";
import { readVault } from "../vault.ts";
import { fetchCaller } from "./caller.ts";
import { followVault, type FollowedVault } from "./followVault.ts";
import { identifyAgent, type RemoteAgent } from "./identifyAgent.ts";
import { fetchOwnNode } from "./ownNode.ts";
import { startRemoteBroker, type RemoteBroker } from "./startRemoteBroker.ts";
import { VaultKeys } from "./vaultKeys.ts";

/** What a command line asks for. */
export interface RemoteBrokerRequest {
  readonly values: Values;
  readonly effects: Effects;
  /** 7441 when undefined. */
  readonly port: number | undefined;
}

/** A broker that serves the agents of a stack. */
export interface OpenRemoteBroker {
  readonly running: RemoteBroker;
  /** Names of the agents that it serves. */
  readonly agents: readonly string[];
  /** Ends it, with so many milliseconds for requests under way, and overwrites the keys. */
  readonly close: (drainMilliseconds: number) => Promise<void>;
}

/**
 * Reads stack, vault and tailnet, and starts the broker for the agents that are configured for one.
 *
 * @throws UserError when one of them is not ready, or no agent is configured for a broker
 */
export async function openRemoteBroker({
  values,
  effects,
  port = BROKER_PORT,
}: RemoteBrokerRequest): Promise<OpenRemoteBroker> {
  const { vault, stack, agentsOf, stackName } = openSelection(values, effects);
  const { terminal, askTailscaled, now } = effects;
  const monotonic = (): number => performance.now();
  const served = servedAgents(await agentsOf(await stack()), stackName);
  const own = await fetchOwnNode(askTailscaled);
  const followed = await followVault({ path: vault.path, read: () => readVault(vault), onNotice: terminal.notice });
  const agents = remoteAgents(served, { followed, spending: new Spending(now), now, monotonic });
  const whois = (address: string, callerPort: number) => fetchCaller(askTailscaled, address, callerPort);
  const identify = identifyAgent({ agents, whois, monotonic });
  const running = await startRemoteBroker({
    addresses: own.addresses,
    port,
    identify: async (request) => {
      await followed.refresh();
      return await identify(request);
    },
    upstream: createUpstreamAgent(),
    log: (line, agent) => terminal.print(JSON.stringify({ time: now().toISOString(), agent: agent ?? null, ...line })),
    now,
    monotonic,
  });
  return {
    running,
    agents: [...served.keys()],
    close: async (drainMilliseconds) => {
      await running.stop(drainMilliseconds);
      followed.wipe();
    },
  };
}

function servedAgents(agents: KnownAgents, stackName: string): KnownAgents {
  const served = new Map([...agents].filter(([, agent]) => agent.broker !== null));
  if (served.size > 0) return served;
  throw new UserError(`no agent of the stack "${stackName}" borrows its keys from a broker`, [
    'configure one with broker: "ADDRESS:PORT", this machine\'s tailnet address, and run claws up',
  ]);
}

interface Lending {
  readonly followed: FollowedVault;
  readonly spending: Spending;
  readonly now: () => Date;
  readonly monotonic: () => number;
}

function remoteAgents(served: KnownAgents, { followed, ...lending }: Lending): readonly RemoteAgent[] {
  const clientOf = (name: string, agent: KnownAgent): RemoteAgent["client"] => ({
    name,
    providers: selectProviders(agent.providers, agent.customProviders),
    keys: new VaultKeys({ agent: name, current: followed.current, ...lending }),
  });
  return [...served].map(([name, agent]) => ({
    nodeId: agent.nodeId,
    nodeTag: agent.nodeTag,
    client: clientOf(name, agent),
  }));
}
