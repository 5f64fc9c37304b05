// SPDX-License-Identifier: Apache-2.0
// What claws-egress.service runs before the workload: turns the owner's allow-list into orders for nft, or refuses it.
import { lookup } from "node:dns/promises";
import { readFile, writeFile } from "node:fs/promises";
import { PROVIDERS } from "../../../broker/providerTable.ts";
import { parseAgentFacts } from "../../../protocol/agentFacts.ts";
import { runEgress } from "./egressRun.ts";

const FACTS = "/var/lib/office-claws/agent.json";
const RULES = "/run/claws-egress/rules.nft";

async function resolve(host: string): Promise<readonly string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    // A name that nobody has leads nobody anywhere. A name server that does not answer is another matter.
    if ((error as NodeJS.ErrnoException).code === "ENOTFOUND") return [];
    throw error;
  }
}

process.exitCode = await runEgress({
  readFacts: async () => parseAgentFacts(await readFile(FACTS)),
  origins: PROVIDERS.map(({ origin }) => origin),
  resolve,
  write: (rules) => writeFile(RULES, rules, { mode: 0o600 }),
  log: (line) => process.stdout.write(`${line}\n`),
});
