// SPDX-License-Identifier: Apache-2.0
// The smallest agent: it answers questions from the tailnet with a model that it reaches through the broker.
// claws-workload.service runs it as the user "agent".
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { setTimeout } from "node:timers/promises";
import { parseAgentFacts } from "./agentFacts.ts";
import { askModel } from "./askModel.ts";
import { createAskServer } from "./askServer.ts";
import { waitForTailnetAddresses } from "./tailnetAddress.ts";

const PORT = 7442;
const { env } = process;
const tokenFile = env["CLAWS_AGENT_TOKEN_FILE"] ?? "/run/office-claws/agent-token";
const { hostname, providers } = parseAgentFacts(await readFile("/var/lib/office-claws/agent.json", "utf8"));
const readToken = async (): Promise<string> => (await readFile(tokenFile, "utf8")).trim();
const model = { environment: env, readToken, timeout: 120_000 };

const addresses = await waitForTailnetAddresses({ readInterfaces: networkInterfaces, pause: () => setTimeout(200) });
// One server for each address: an unspecified address would answer on the public one as well.
for (const address of addresses) {
  const server = createAskServer({
    agent: hostname,
    providers,
    ask: (request, signal) => askModel(request, model, signal),
  });
  server.listen(PORT, address);
  await once(server, "listening");
}
process.stdout.write(`hello: ${hostname} answers on ${addresses.join(" and ")}, port ${PORT}\n`);
