// SPDX-License-Identifier: Apache-2.0
// Row 11: pushing a key to 100 agents beside pushing one to one agent, and what a dead agent among them adds.
// The daemons are the real ones, in two processes, and each call is the real client's, sealed and signed. The agents of a fleet have
// machines of their own and are a network apart; here they share the cores with the client, and a hop adds the time of the way.
import { fork, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { performance } from "node:perf_hooks";

import { daemonAt } from "../cli/daemonClient.ts";
import { operatorKeyOf, type OperatorKey } from "../cli/operatorKey.ts";
import { allArrived, pushKeys, type PushEffects } from "../cli/pushKeys.ts";
import type { KnownAgent } from "../cli/stackOutputs.ts";
import { Sensitive } from "../protocol/sensitive.ts";
import { knownAgent, tailnetWith } from "../tests/support/agentWorld.ts";
import type { FleetAgent, FleetOrder } from "./pushFleet.ts";
import type { Benchmark, Result } from "./result.ts";
import { inRounds, median } from "./statistics.ts";

const AGENTS = 100;
/** One way of a connection from a laptop to a region on the same continent. */
const ONE_WAY_MILLISECONDS = 25;
/** A dead agent is given up after this. */
const TIMEOUT_MILLISECONDS = 2000;
const goal = 2.5;

export const pushMany: Benchmark = async ({ short, onProgress }) => {
  onProgress(`row 11: starting ${AGENTS} daemons, then pushing to one and to all in turns`);
  const operator = operatorKeyOf(randomBytes(32));
  const dead = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(dead, "listening");
  const [fleet, children] = await startFleet(operator);
  try {
    const silent = { name: "dead", nodeId: "nDEAD", port: (dead.address() as AddressInfo).port, enrolment: "" };
    const push = pusher(operator, [...fleet, silent]);
    const figures = await inRounds(short ? 2 : 5, {
      one: () => push(fleet.slice(0, 1)),
      all: () => push(fleet),
      withDead: () => push([...fleet, silent]),
    });
    return rows(median(figures.one), median(figures.all), median(figures.withDead));
  } finally {
    for (const child of children) child.disconnect();
    dead.close();
  }
};

function rows(one: number, all: number, withDead: number): readonly Result[] {
  const added = Math.max(0, withDead - all) / TIMEOUT_MILLISECONDS;
  const shown = (milliseconds: number): string => `${milliseconds.toFixed(0)} ms`;
  const many = { what: `push to ${AGENTS} agents`, ours: shown(all), peer: `${shown(one)} to one agent` };
  const deadOne = {
    what: "push: what a dead agent adds",
    ours: shown(Math.max(0, withDead - all)),
    peer: `${shown(TIMEOUT_MILLISECONDS)}, its time-out`,
  };
  return [
    { row: 11, ...many, ratio: all / one, goal: `<= ${goal}x`, met: all / one <= goal },
    { row: 11, ...deadOne, ratio: added, goal: "<= 1x", met: added <= 1 },
  ];
}

async function startFleet(operator: OperatorKey): Promise<readonly [readonly FleetAgent[], readonly ChildProcess[]]> {
  const half = AGENTS / 2;
  const children = [0, half].map((first) => {
    const order: FleetOrder = {
      ...{ first, count: half, operatorKey: operator.publicKey, oneWay: ONE_WAY_MILLISECONDS },
    };
    return fork(join(import.meta.dirname, "pushFleet.ts"), [JSON.stringify(order)]);
  });
  const fleets = await Promise.all(
    children.map(async (child) => ((await once(child, "message")) as [readonly FleetAgent[]])[0]),
  );
  return [fleets.flat(), children];
}

/** Pushes a new version of a key to each of the agents, as `claws keys push` does; gives the milliseconds. */
function pusher(operator: OperatorKey, fleet: readonly FleetAgent[]) {
  const ports = new Map(fleet.map(({ port }, index) => [`100.64.1.${index}`, port]));
  const status = tailnetWith(Object.fromEntries(fleet.map(({ nodeId }, index) => [nodeId, `100.64.1.${index}`])));
  const effects: PushEffects = {
    tailnetStatus: () => Promise.resolve(status),
    daemonAt: (address) =>
      Promise.resolve(daemonAt("127.0.0.1", { port: ports.get(address) ?? 0, totalTimeout: TIMEOUT_MILLISECONDS })),
    signal: new AbortController().signal,
  };
  const enrolments = new Map(fleet.map(({ name, enrolment }) => [name, Sensitive.from(enrolment)]));
  let version = 0;
  return async (targets: readonly FleetAgent[]): Promise<number> => {
    version += 1;
    const document = { recipients: [], keys: targets.map(({ name }) => keyOf(name, version)), operator };
    const agents = new Map<string, KnownAgent>(
      targets.map(({ name, nodeId }) => [name, knownAgent({ nodeId, operatorKeys: [operator.publicKey] })]),
    );
    const started = performance.now();
    const results = await pushKeys(
      agents,
      { document, sealing: { operator, enrolments: () => Promise.resolve(enrolments) } },
      effects,
    );
    const milliseconds = performance.now() - started;
    if (!allArrived(results.filter(({ agent }) => agent !== "dead"))) throw new Error(JSON.stringify(results));
    return milliseconds;
  };
}

function keyOf(agent: string, version: number) {
  const value = Sensitive.from(`sk-ant-api03-bench-${version}-${randomBytes(40).toString("hex")}`);
  const created = new Date().toISOString();
  return { name: "anthropic", provider: "anthropic", agent, value, version, created, notAfter: null };
}
