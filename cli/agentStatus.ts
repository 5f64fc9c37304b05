// SPDX-License-Identifier: Apache-2.0
import type { DaemonStatus } from "../protocol/daemonStatus.ts";
import type { Effects } from "./effects.ts";
import { UserError } from "./errors.ts";
import type { KnownAgents } from "./stackOutputs.ts";
import { askOnce } from "./waitForAgents.ts";

/** What is known of one agent now. What could not be asked is `unknown`, and `problems` says why. */
export interface AgentStatus {
  readonly agent: string;
  readonly dropletId: string;
  /** DigitalOcean's word, `gone` or `unknown`. */
  readonly droplet: string;
  readonly nodeId: string;
  readonly nodeName: string;
  readonly node: "online" | "offline" | "absent" | "unknown";
  /** First tailnet address of the node, or null if it is not known. */
  readonly address: string | null;
  /** Changes whenever the daemon starts anew; null if it cannot be asked. */
  readonly bootId: string | null;
  readonly state: "sealed" | "open" | "relay" | "unreachable";
  readonly keys: DaemonStatus["keys"];
  readonly problems: readonly string[];
}

/** Asks DigitalOcean, the operator's tailscaled and each daemon, all at once. */
export async function fetchAgentStatus(agents: KnownAgents, effects: Effects): Promise<readonly AgentStatus[]> {
  const tailnet = await attempt(async () => await effects.tailnetStatus());
  const cloud = await attempt(async () => await effects.digitalOcean());
  return await Promise.all(
    [...agents].map(async ([name, agent]) => {
      const [droplet, daemon] = await Promise.all([
        "value" in cloud ? attempt(async () => await cloud.value.dropletStatus(agent.dropletId)) : cloud,
        "value" in tailnet
          ? askOnce(agent, { ...effects, tailnetStatus: () => Promise.resolve(tailnet.value) })
          : tailnet.problem,
      ]);
      const peer = "value" in tailnet ? tailnet.value.peers.find(({ nodeId }) => nodeId === agent.nodeId) : undefined;
      const node =
        "problem" in tailnet ? "unknown" : peer === undefined ? "absent" : peer.online ? "online" : "offline";
      const problems = [
        ...("problem" in droplet ? [droplet.problem] : []),
        ...(typeof daemon === "string" ? [daemon] : []),
      ];
      return {
        agent: name,
        dropletId: agent.dropletId,
        droplet: "problem" in droplet ? "unknown" : (droplet.value ?? "gone"),
        nodeId: agent.nodeId,
        nodeName: agent.nodeName,
        node,
        address: peer?.addresses[0] ?? null,
        bootId: typeof daemon === "string" ? null : daemon.bootId,
        state: typeof daemon === "string" ? "unreachable" : daemon.state,
        keys: typeof daemon === "string" ? [] : daemon.keys,
        problems,
      };
    }),
  );
}

type Attempt<T> = { readonly value: T } | { readonly problem: string };

async function attempt<T>(work: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof UserError) return { problem: error.message };
    throw error;
  }
}
