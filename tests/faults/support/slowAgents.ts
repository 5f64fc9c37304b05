// SPDX-License-Identifier: Apache-2.0
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { CONTROL_PORT } from "../../../protocol/constants.ts";
import { knownAgent } from "../../support/agentWorld.ts";
import { startFakeLocalApi, statusDocument } from "../../support/fakeLocalApi.ts";
import { makeFakePulumi } from "../../support/fakePulumi.ts";
import { RUNNING, startTestDaemon, OPERATOR } from "../../support/testDaemon.ts";

/** How an agent answers: at once, or never again from this request on. */
export type Pace = "answers" | "silent at put" | "silent at status";

/** Agents at addresses of their own on this machine's loopback, as the real program finds them: by engine, tailscaled and port. */
export interface SlowAgents {
  /** What the program needs in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Requests that got no answer, as `bob POST /v1/keys/put`. */
  readonly silent: readonly string[];
  /** Versions of each key that an agent's daemon holds. */
  held(agent: string): Promise<unknown>;
  close(): Promise<void>;
}

/** Starts agents in the folder, each at an address of loopback that nobody else has: the port is the same for all. */
export async function startSlowAgents(folder: string, paces: Readonly<Record<string, Pace>>): Promise<SlowAgents> {
  const silent: string[] = [];
  const agents = await Promise.all(
    Object.entries(paces).map(async ([name, pace]) => ({
      name,
      nodeId: `n${name.toUpperCase()}`,
      ...(await startAgent({ name, pace }, silent)),
    })),
  );
  const localApi = await startFakeLocalApi(join(folder, "tailscaled.sock"));
  localApi.status = statusDocument({
    Peer: Object.fromEntries(
      agents.map(({ name, address, nodeId }) => [
        `nodekey:${name}`,
        { ID: nodeId, HostName: name, TailscaleIPs: [address], Tags: ["tag:agent"], Online: true },
      ]),
    ),
  });
  const outputs = { agents: Object.fromEntries(agents.map(({ name, nodeId }) => [name, knownAgent({ nodeId })])) };
  const pulumi = await makeFakePulumi(join(folder, "bin"), [
    { when: "stack output", stdout: JSON.stringify(outputs) },
    { when: "stack export", stdout: JSON.stringify({ version: 3, deployment: { resources: [] } }) },
    ...["stack select", "up", "preview", "refresh", "destroy"].map((when) => ({ when })),
  ]);
  return {
    environment: {
      PATH: `${pulumi.folder}:${process.env["PATH"] ?? ""}`,
      CLAWS_TAILSCALE_SOCKET: localApi.socketPath,
      PULUMI_CONFIG_PASSPHRASE: "p",
    },
    silent,
    held: async (name) => await agents.find((agent) => agent.name === name)?.held(),
    async close() {
      for (const agent of agents) await agent.close();
      await localApi.close();
    },
  };
}

interface Agent {
  readonly name: string;
  readonly pace: Pace;
}

/** A real daemon, and in front of it a server that may keep what it is sent. */
async function startAgent({ name, pace }: Agent, silent: string[]) {
  const nodeId = `n${name.toUpperCase()}`;
  const status = { ...RUNNING, self: { ...RUNNING.self, nodeId } };
  const daemon = await startTestDaemon({
    status: () => Promise.resolve(status),
    whois: () => Promise.resolve(OPERATOR),
  });
  const isKept = (url: string): boolean =>
    pace === "silent at status" || (pace === "silent at put" && url === "/v1/keys/put");
  const server = createServer((request, response) => {
    if (isKept(request.url ?? "")) {
      request.resume();
      silent.push(`${name} ${request.method ?? ""} ${request.url ?? ""}`);
    } else void forward(request, response, daemon.url);
  });
  const address = await listen(server);
  return {
    address,
    held: async () => (await daemon.call("GET", "/v1/status")).body,
    async close() {
      server.closeAllConnections();
      server.close();
      await daemon.stop();
    },
  };
}

async function forward(request: IncomingMessage, response: ServerResponse, origin: string): Promise<void> {
  const body: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) body.push(chunk);
  const { method = "GET", headers } = request;
  const answer = await fetch(new URL(request.url ?? "", origin), {
    method,
    headers: Object.entries(headers).flatMap<[string, string]>(([name, value]) =>
      typeof value === "string" && !["host", "connection", "content-length"].includes(name) ? [[name, value]] : [],
    ),
    ...(method === "GET" ? {} : { body: Buffer.concat(body) }),
  });
  response
    .writeHead(answer.status, { "content-type": "application/json" })
    .end(Buffer.from(await answer.arrayBuffer()));
}

/** Listens on a free address of loopback and returns it. Other tests look for one at the same time, in this run or in another. */
async function listen(server: Server): Promise<string> {
  const address = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  server.listen(CONTROL_PORT, address);
  try {
    await once(server, "listening");
    return address;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return await listen(server);
  }
}
