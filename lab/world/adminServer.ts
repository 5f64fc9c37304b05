// SPDX-License-Identifier: Apache-2.0
import { chmod, rm } from "node:fs/promises";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";

/** Answers one kind of request; the answer is sent as JSON. */
export type AdminHandler = (body: unknown, segment: string) => unknown;

/** Handlers by method and path, for example "GET /droplets" or "POST /droplets/*\/power"; the star is handed over as the segment. */
export type AdminRoutes = Readonly<Record<string, AdminHandler>>;

/** Bytes. */
const bodyLimit = 4 * 1024 * 1024;

/**
 * Serves the routes over a unix socket that only its owner can use. There is no other check: who may open the socket may do everything.
 * @throws when the socket cannot be made, for example because its path is too long.
 */
export async function serveAdmin(socket: string, routes: AdminRoutes): Promise<Server> {
  await rm(socket, { force: true });
  const server = createServer((request, response) => void answer(routes, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socket, resolve);
  });
  await chmod(socket, 0o600);
  return server;
}

async function answer(routes: AdminRoutes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const found = findRoute(routes, request.method ?? "", request.url ?? "");
    if (found === null) {
      send(response, 404, { error: `cannot ${request.method ?? ""} "${request.url ?? ""}": no such route` });
      return;
    }
    send(response, 200, (await found.handler(await readBody(request), found.segment)) ?? null);
  } catch (error) {
    send(response, 500, { error: error instanceof Error ? error.message : String(error) });
  }
}

function findRoute(
  routes: AdminRoutes,
  method: string,
  path: string,
): { handler: AdminHandler; segment: string } | null {
  const parts = path.split("/");
  for (const [route, handler] of Object.entries(routes)) {
    const pattern = route.split(/[ /]+/);
    const [verb, ...names] = pattern;
    if (verb !== method || names.length !== parts.length - 1) continue;
    const star = names.indexOf("*");
    if (names.every((name, index) => name === "*" || name === parts[index + 1])) {
      return { handler, segment: decodeURIComponent(parts[star + 1] ?? "") };
    }
  }
  return null;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) throw new Error(`cannot read the body: more than ${bodyLimit} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? null : (JSON.parse(text) as unknown);
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}
