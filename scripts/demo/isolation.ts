// SPDX-License-Identifier: Apache-2.0
import type { Lab } from "../../lab/lab.ts";
import { DemoFailure, hold } from "./demoFailure.ts";
import { runCommand } from "./operator.ts";

/** Somebody that the agent must not reach. */
export interface Target {
  readonly what: string;
  readonly address: string;
  readonly port: number;
}

const agentNode = "/opt/office-claws/bin/node";
const timeoutMs = 3_000;

/** Connects from inside a droplet and prints how it went. Runs as root there, the strongest that an agent can become. */
const connectSource = `
const [address, port] = process.argv.slice(1);
const socket = require("node:net").connect({ host: address, port: Number(port), timeout: ${timeoutMs} });
const end = (how) => { process.stdout.write(how); process.exit(0); };
socket.on("connect", () => end("connected"));
socket.on("timeout", () => end("silence"));
socket.on("error", (error) => end(error.code));
`;

/** Tries to reach each target from inside the agent's droplet. @throws {DemoFailure} if one answers. */
export async function refuseAll(lab: Lab, agent: string, targets: readonly Target[]): Promise<void> {
  for (const { what, address, port } of targets) {
    const argv = await lab.inside(agent, [agentNode, "-e", connectSource, address, String(port)]);
    const { stdout, stderr } = await runCommand(argv, { environment: { PATH: process.env["PATH"] ?? "" } });
    const refused = ["silence", "EHOSTUNREACH", "ENETUNREACH", "ECONNREFUSED", "EACCES"].includes(stdout);
    hold(refused, `${agent} reached ${what}: ${stdout || stderr.trim()}`);
  }
}

/** Proves that the probe itself works: the agent reaches its own control plane, so silence elsewhere means something. */
export async function reachControlPlane(lab: Lab, agent: string): Promise<void> {
  const { hostname, port } = new URL(lab.controlUrl);
  const argv = await lab.inside(agent, [agentNode, "-e", connectSource, hostname, port || "443"]);
  const { stdout, stderr } = await runCommand(argv, { environment: { PATH: process.env["PATH"] ?? "" } });
  if (stdout !== "connected") throw new DemoFailure(`${agent} does not reach its control plane: ${stdout || stderr}`);
}
