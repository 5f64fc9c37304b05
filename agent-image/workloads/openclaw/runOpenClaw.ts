// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { readAgentToken } from "../ask/agentToken.ts";
import type { AgentFacts } from "../ask/agentFacts.ts";
import { answerOnTailnet } from "../ask/tailnetServers.ts";
import { askOpenClaw } from "./askOpenClaw.ts";
import { GATEWAY_PORT, renderConfiguration } from "./configuration.ts";
import { startGateway } from "./gateway.ts";
import { gatewayEnvironment } from "./gatewayEnvironment.ts";
import { createGatewayKeeper } from "./gatewayKeeper.ts";
import { chooseModels } from "./modelChoice.ts";
import { writeOpenClawFiles } from "./openClawFiles.ts";

const gateway = `http://127.0.0.1:${GATEWAY_PORT}`;

/**
 * OpenClaw: its gateway on loopback, asked from the tailnet.
 *
 * @param environment - `CLAWS_BROKER_URL`; `CLAWS_MODELS` names models, see {@link chooseModels}; `STATE_DIRECTORY` is the agent's home.
 */
export async function runOpenClaw(facts: AgentFacts, environment: NodeJS.ProcessEnv): Promise<void> {
  const { CLAWS_BROKER_URL: broker = "http://127.0.0.1:7441", STATE_DIRECTORY: home = "/var/lib/agent" } = environment;
  const choices = chooseModels(facts, environment["CLAWS_MODELS"]);
  const folder = await writeOpenClawFiles(home, (workspace) => renderConfiguration({ choices, broker, workspace }));
  const keeper = createGatewayKeeper({
    readAgentToken: () => readAgentToken(environment),
    createGatewayToken: () => randomBytes(48).toString("base64url"),
    start: (tokens) => startGateway({ folder, environment: gatewayEnvironment({ home, environment, ...tokens }) }),
    isUp,
    pause: () => setTimeout(1000),
  });
  const { current } = keeper;
  const patience = (signal: AbortSignal): Promise<unknown> => setTimeout(10_000, undefined, { signal });
  const options = { choices, current, gateway, broker, timeout: 600_000, patience };
  const running = keeper.run();
  const answering = answerOnTailnet({
    agent: facts.hostname,
    providers: choices.map(({ provider }) => provider),
    ask: (request, signal) => askOpenClaw(request, options, signal),
    isReady: () => current() !== undefined,
  });
  const places = await Promise.race([answering, running]);
  process.stdout.write(`openclaw: ${facts.hostname} answers on ${places}\n`);
  await running;
}

async function isUp(): Promise<boolean> {
  const signal = AbortSignal.timeout(5000);
  return fetch(`${gateway}/readyz`, { signal }).then(
    (reply) => reply.ok,
    () => false,
  );
}
