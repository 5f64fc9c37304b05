// SPDX-License-Identifier: Apache-2.0
// Runs the workload that the agent is configured for, as the user "agent" (claws-workload.service).
import { readFile } from "node:fs/promises";
import { parseAgentFacts } from "./ask/agentFacts.ts";
import { runHello } from "./hello/runHello.ts";
import { runOpenClaw } from "./openclaw/runOpenClaw.ts";

const runtimes = { hello: runHello, openclaw: runOpenClaw } as const;

const facts = parseAgentFacts(await readFile("/var/lib/office-claws/agent.json", "utf8"));
await runtimes[facts.runtime](facts, process.env);
