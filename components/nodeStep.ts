// SPDX-License-Identifier: Apache-2.0
// The program behind TailnetNode's Command: `node nodeStep.ts wait|remove`. Run by Pulumi, it takes its input from the
// environment and prints the node, which becomes part of the stack's state. It holds no secret and prints none.
import { setTimeout as sleep } from "node:timers/promises";

import { parseStepOutput } from "./nodeOutput.ts";
import { waitForNode } from "./nodeWait.ts";
import { createDeviceApi, type DeviceApi } from "./tailscaleDevices.ts";

async function wait(api: DeviceApi, environment: NodeJS.ProcessEnv): Promise<string> {
  const expected = {
    hostname: required(environment, "CLAWS_NODE_HOSTNAME"),
    tag: required(environment, "CLAWS_NODE_TAG"),
    createdAfter: Date.parse(required(environment, "CLAWS_NODE_CREATED_AFTER")),
    timeoutMs: Number(required(environment, "CLAWS_NODE_TIMEOUT_SECONDS")) * 1000,
  };
  if (Number.isNaN(expected.createdAfter)) throw new Error("CLAWS_NODE_CREATED_AFTER must be an RFC 3339 time");
  if (!(expected.timeoutMs > 0)) throw new Error("CLAWS_NODE_TIMEOUT_SECONDS must be a positive number");
  const clock = { now: () => performance.now(), sleep: (ms: number) => sleep(ms) };
  const { nodeId, name } = await waitForNode(api, expected, clock);
  return JSON.stringify({ nodeId, nodeName: name });
}

async function remove(api: DeviceApi, environment: NodeJS.ProcessEnv): Promise<string> {
  // The engine hands back what `wait` printed. Only that node is removed: a name could be somebody else's by now.
  const { nodeId } = parseStepOutput(required(environment, "PULUMI_COMMAND_STDOUT"));
  const removed = await api.remove(nodeId);
  return JSON.stringify({ nodeId, removed });
}

function required(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

try {
  const [action] = process.argv.slice(2);
  if (action !== "wait" && action !== "remove") throw new Error("usage: nodeStep.ts wait|remove");
  const act = action === "wait" ? wait : remove;
  console.log(await act(createDeviceApi(process.env), process.env));
} catch (error) {
  console.error(`tailnet node: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
