// SPDX-License-Identifier: Apache-2.0
// A child process of the benchmark of row 11: real daemons on loopback, each behind a hop that takes as long as a way over the tailnet.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { makeIdentity } from "../agent-image/daemon/firstBoot/identityFile.ts";
import { Sensitive } from "../protocol/sensitive.ts";
import { RUNNING, startTestDaemon } from "../tests/support/testDaemon.ts";

/** What the parent asks for. */
export interface FleetOrder {
  readonly first: number;
  readonly count: number;
  readonly operatorKey: string;
  /** Milliseconds of one way. */
  readonly oneWay: number;
}

/** One agent of the fleet. */
export interface FleetAgent {
  readonly name: string;
  readonly nodeId: string;
  readonly port: number;
  /** base64url, as the stack keeps it. */
  readonly enrolment: string;
}

const [order] = process.argv.slice(2).map((text) => JSON.parse(text) as FleetOrder);
if (order === undefined) throw new Error("usage: pushFleet.ts ORDER");
const undo: (() => unknown)[] = [];
const agents: FleetAgent[] = [];
for (let index = order.first; index < order.first + order.count; index += 1)
  agents.push(await startAgent(index, order));
process.send?.(agents);
process.once("disconnect", () => void Promise.all(undo.map((step) => step())).then(() => process.exit()));

async function startAgent(index: number, { operatorKey, oneWay }: FleetOrder): Promise<FleetAgent> {
  const [name, nodeId] = [`agent-${index}`, `n${index}`];
  const enrolment = randomBytes(32).toString("base64url");
  const stateFolder = await mkdtemp(join(tmpdir(), "claws-fleet-"));
  const identity = await makeIdentity(
    { hostname: name, enrolment: Sensitive.from(enrolment) },
    { path: join(stateFolder, "identity"), random: randomBytes },
  );
  if (identity === undefined) throw new Error("the droplet made no identity");
  const daemon = await startTestDaemon({
    stateFolder,
    facts: { hostname: name, operatorKeys: [operatorKey], identity },
    status: () => Promise.resolve({ ...RUNNING, self: { ...RUNNING.self, nodeId } }),
  });
  const hop = await startHop(Number(new URL(daemon.url).port), oneWay);
  undo.push(
    () => hop.close(),
    () => daemon.stop(),
    () => rm(stateFolder, { recursive: true, force: true }),
  );
  return { name, nodeId, port: (hop.address() as AddressInfo).port, enrolment };
}

/** Passes bytes on after a while, in their order, in both directions. */
async function startHop(target: number, oneWay: number): Promise<Server> {
  const server = createServer((client) => {
    const daemon = connect(target, "127.0.0.1");
    const own = (client.address() as AddressInfo).port;
    // The daemon answers to its own address only.
    passLate(client, daemon, oneWay, (chunk) => replaceHost(chunk, own, target));
    passLate(daemon, client, oneWay, (chunk) => chunk);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function passLate(from: Socket, to: Socket, oneWay: number, change: (chunk: Buffer) => Buffer): void {
  from.on("data", (chunk: Buffer) => setTimeout(() => to.writable && to.write(change(chunk)), oneWay));
  from.on("error", () => undefined);
  from.once("close", () => setTimeout(() => to.destroy(), oneWay));
}

function replaceHost(chunk: Buffer, from: number, to: number): Buffer {
  const text = chunk.toString("latin1");
  return Buffer.from(text.replace(`Host: 127.0.0.1:${from}`, `Host: 127.0.0.1:${to}`), "latin1");
}
