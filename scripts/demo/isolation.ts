// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

import type { Lab } from "../../lab/lab.ts";
import { hold } from "./demoFailure.ts";
import { runCommand } from "./operator.ts";

/** Somebody that the agent must not reach. Something listens there: a closed port would refuse without any tailnet. */
export interface Target {
  readonly what: string;
  readonly address: string;
  readonly port: number;
}

const agentNode = "/opt/office-claws/bin/node";
const probeMs = 3_000;
/** How long a change of policy may take to arrive at both ends. */
const settleMs = 20_000;

/** Connects from inside a droplet and prints how it went. Runs as root there, the strongest that an agent can become. */
const connectSource = `
const [address, port] = process.argv.slice(1);
const socket = require("node:net").connect({ host: address, port: Number(port), timeout: ${probeMs} });
const end = (how) => { process.stdout.write(how); process.exit(0); };
socket.on("connect", () => end("connected"));
socket.on("timeout", () => end("silence"));
socket.on("error", (error) => end(error.code));
`;
const listenSource = `
const [address, port] = process.argv.slice(1);
require("node:net").createServer((socket) => socket.end()).listen(Number(port), address, () => console.log("ready"));
`;

/** A tailnet policy that lets everybody reach everybody: with it the same probes have to connect. */
export const openPolicy = JSON.stringify({
  tagOwners: { "tag:agent": ["op@"] },
  grants: [{ src: ["*"], dst: ["*"], ip: ["*"] }],
});

/** Listens on the operator's machine until the returned function is called. */
export async function listenAsOperator(lab: Lab, address: string, port: number): Promise<() => Promise<void>> {
  const [program = "", ...words] = lab.operator([process.execPath, "-e", listenSource, address, String(port)]);
  const child = spawn(program, words, { env: lab.environment, stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  };
}

/** Probes until each target answers as expected. @throws {DemoFailure} naming the first one that does not in time */
export async function expectOutcome(
  lab: Lab,
  agent: string,
  { outcome, targets }: { outcome: "connected" | "silence"; targets: readonly Target[] },
): Promise<void> {
  const deadline = performance.now() + settleMs;
  for (const { what, address, port } of targets) {
    let seen = await probe(lab, agent, address, port);
    while (seen !== outcome && performance.now() < deadline) {
      await pause(200);
      seen = await probe(lab, agent, address, port);
    }
    hold(seen === outcome, `${agent} calls ${what} and gets "${seen}" where "${outcome}" was expected`);
  }
}

async function probe(lab: Lab, agent: string, address: string, port: number): Promise<string> {
  const argv = await lab.inside(agent, [agentNode, "-e", connectSource, address, String(port)]);
  const { stdout, stderr } = await runCommand(argv, { environment: { PATH: process.env["PATH"] ?? "" } });
  return stdout || stderr.trim();
}
