// SPDX-License-Identifier: Apache-2.0
import { isIP } from "node:net";
import { CONTROL_PORT } from "../protocol/constants.ts";
import { failure } from "./errors.ts";
import type { KnownAgent } from "./stackOutputs.ts";
import { addressOf, type TailnetStatus } from "./tailnet.ts";

/** Where an agent's panel is: at the address of the node that the state names by its ID. @throws UserError (exit 1) */
export function panelUrl(agent: Pick<KnownAgent, "nodeId" | "nodeTag">, status: TailnetStatus): string {
  const address = addressOf(status, agent.nodeId, agent.nodeTag);
  const family = isIP(address);
  if (family === 0) throw failure(`tailscaled gives node ${agent.nodeId} an address that is none`);
  return `http://${family === 6 ? `[${address}]` : address}:${CONTROL_PORT}/panel/`;
}
