// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from "node:util";
import { BROKER_PORT, CONTROL_PORT } from "../../protocol/constants.ts";

/** Where the daemon finds and puts things. The command line sets nothing else: no switch weakens a check. */
export interface DaemonArguments {
  /** File that first boot wrote. */
  readonly config: string;
  /** tailscaled's socket. */
  readonly socket: string;
  /** Folder of the audit log and of the droplet's identity, which outlive the daemon. */
  readonly state: string;
  /** Folder of the placeholder, which does not. */
  readonly run: string;
  /** User of the workload, the only one whom the broker answers. */
  readonly user: string;
  readonly controlPort: number;
  readonly brokerPort: number;
}

/** @throws Error for an unknown flag or a port that is none */
export function parseDaemonArguments(argv: readonly string[]): DaemonArguments {
  const { values } = parseArgs({
    args: [...argv],
    strict: true,
    options: {
      config: { type: "string", default: "/var/lib/office-claws/agent.json" },
      socket: { type: "string", default: "/run/tailscale/tailscaled.sock" },
      state: { type: "string", default: "/var/lib/clawsd" },
      run: { type: "string", default: "/run/office-claws" },
      user: { type: "string", default: "agent" },
      "control-port": { type: "string", default: String(CONTROL_PORT) },
      "broker-port": { type: "string", default: String(BROKER_PORT) },
    },
  });
  const { config, socket, state, run, user } = values;
  const controlPort = parsePort("control-port", values["control-port"]);
  return {
    config,
    socket,
    state,
    run,
    user,
    controlPort,
    brokerPort: parsePort("broker-port", values["broker-port"]),
  };
}

function parsePort(flag: string, text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new Error(`cannot read "--${flag}": it must be a port from 0 to 65535`);
}
