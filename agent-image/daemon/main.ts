// SPDX-License-Identifier: Apache-2.0
// clawsd: holds provider keys in memory, takes them over the tailnet and lends them to the workload.
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { url as inspectorUrl } from "node:inspector";
import { setTimeout as wait } from "node:timers/promises";
import { createRelayDial } from "../../broker/relay.ts";
import { createUpstreamAgent } from "../../broker/upstreamAgent.ts";
import { parseAgentFacts, type AgentFacts } from "../../protocol/agentFacts.ts";
import { startDaemon, type Daemon } from "./daemon.ts";
import { parseDaemonArguments, type DaemonArguments } from "./daemonArguments.ts";
import { errorText } from "./errorText.ts";
import { describeFatal } from "./fatalError.ts";
import { createLocalApi } from "./localApi.ts";
import { createLog } from "./log.ts";
import { findStartRefusals } from "./startRefusals.ts";
import { writeStandardOutput } from "./standardOutput.ts";
import { createTailnet } from "./tailnet.ts";
import { StartRefusal } from "./tailnetWatch.ts";
import { findUserId } from "./userId.ts";

const DRAIN_MILLISECONDS = 20_000;

closeDoors();
await run();

/** Closes what a process leaves open by default. */
function closeDoors(): void {
  process.umask(0o077);
  process.on("SIGUSR1", () => undefined); // with a handler, Node does not open its inspector
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    process.on(event, (error: unknown) => end(1, describeFatal(error)));
  }
  try {
    writeFileSync("/proc/self/coredump_filter", "0"); // should a core be written after all, no memory is in it
  } catch {
    // Where the kernel lacks it, the limits of the unit and the check of core_pattern stand alone.
  }
}

async function run(): Promise<void> {
  const refusals = findStartRefusals({
    readText: readTextIfThere,
    environment: process.env,
    execArgv: process.execArgv,
    hasInspector: inspectorUrl() !== undefined,
  });
  if (refusals.length > 0) end(2, `${refusals.map((refusal) => `clawsd: error: ${refusal}`).join("\n")}\n`);
  const stopping = new AbortController();
  try {
    const daemon = await start(parseDaemonArguments(process.argv.slice(2)), stopping);
    await daemon.watching;
    await daemon.stop(DRAIN_MILLISECONDS);
    end(0, "");
  } catch (error) {
    // A SIGTERM during the wait for the tailnet: nothing to drain yet.
    if (stopping.signal.aborted) end(0, "");
    end(error instanceof StartRefusal ? 2 : 1, `clawsd: error: ${errorText(error)}\n`);
  }
}

async function start(paths: DaemonArguments, stopping: AbortController): Promise<Daemon> {
  const facts = await readFacts(paths.config);
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => stopping.abort());
  const { remoteBroker } = facts;
  const agent = createUpstreamAgent(remoteBroker === undefined ? {} : { dial: createRelayDial(remoteBroker) });
  return startDaemon({
    facts,
    tailnet: createTailnet(createLocalApi(paths.socket)),
    agent,
    warm: (origin) => agent.warm(origin),
    stateFolder: paths.state,
    runFolder: paths.run,
    workloadUid: await findUserId(paths.user),
    controlPort: paths.controlPort,
    brokerPort: paths.brokerPort,
    now: () => new Date(),
    monotonic: () => performance.now(),
    random: (bytes) => randomBytes(bytes),
    wait: (milliseconds, signal) => wait(milliseconds, undefined, { signal }),
    log: createLog(writeStandardOutput),
    signal: stopping.signal,
  });
}

async function readFacts(path: string): Promise<AgentFacts> {
  try {
    return parseAgentFacts(await readFile(path));
  } catch (error) {
    throw new Error(`cannot read the agent's facts "${path}": ${errorText(error)}`, { cause: error });
  }
}

function readTextIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function end(code: number, message: string): never {
  try {
    writeSync(2, message);
  } catch {
    // A journal that is gone must not keep the process alive.
  }
  process.exit(code);
}
