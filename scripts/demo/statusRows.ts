// SPDX-License-Identifier: Apache-2.0
import { DemoFailure, succeed } from "./demoFailure.ts";
import type { Operator } from "./operator.ts";

/** What the demo needs of `claws status --json`. */
export interface StatusRow {
  readonly name: string;
  /** Tailnet address. */
  readonly address: string;
  /** Changes whenever the daemon starts anew. */
  readonly bootId: string;
  readonly state: string;
}

/** Reads the status of every agent of a stack. @throws {DemoFailure} if an agent is not there */
export async function fetchStatus(operator: Operator, stack: string): Promise<readonly StatusRow[]> {
  const ended = await operator.claws(["status", "--stack", stack, "--json"]);
  const agents = JSON.parse(succeed("claws status", ended).stdout) as Record<string, unknown>[];
  return agents.map((row) => {
    const { agent, address, bootId, state } = row;
    if (typeof agent !== "string" || typeof address !== "string" || typeof bootId !== "string") {
      throw new DemoFailure(`claws status does not see an agent: ${JSON.stringify(row)}`);
    }
    return { name: agent, address, bootId, state: String(state) };
  });
}
