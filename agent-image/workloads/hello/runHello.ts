// SPDX-License-Identifier: Apache-2.0
import { readAgentToken } from "../ask/agentToken.ts";
import type { AgentFacts } from "../ask/agentFacts.ts";
import { answerOnTailnet } from "../ask/tailnetServers.ts";
import { askModel } from "./askModel.ts";

/** The smallest agent: it answers questions from the tailnet with a model that it reaches through the broker. */
export async function runHello(
  { hostname: agent, providers }: AgentFacts,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const model = { environment, readToken: () => readAgentToken(environment), timeout: 120_000 };
  const places = await answerOnTailnet({
    agent,
    providers,
    ask: (request, signal) => askModel(request, model, signal),
  });
  process.stdout.write(`hello: ${agent} answers on ${places}\n`);
}
