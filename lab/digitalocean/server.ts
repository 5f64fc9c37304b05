// SPDX-License-Identifier: Apache-2.0
import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ApiError, renderError } from "./apiError.ts";
import { type Clock, sleep } from "./clock.ts";
import type { FaultEffect, FaultPlan } from "./faults.ts";
import type { RateLimiter } from "./rateLimit.ts";
import { parseBody, readBody, type RequestBody } from "./requestBody.ts";
import { loggedHeaders, type RequestLog } from "./requestLog.ts";
import { findRoute, type Reply, type Route } from "./router.ts";

/** What the server works with. */
export interface ServerParts {
  readonly routes: readonly Route[];
  readonly tokens: readonly string[];
  readonly clock: Clock;
  readonly faults: FaultPlan;
  readonly limiter: RateLimiter;
  readonly log: RequestLog;
  /** Called when a request may have changed something, before it is answered. */
  readonly save: () => void;
  /** Told about requests that failed for no fault of the client. */
  readonly onError: (message: string) => void;
}

/** An answer ready to be sent; null: the connection ends without one, or stays open for ever. */
type Outcome =
  | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body?: object }
  | "cut"
  | "hang";

/** Makes the HTTP server; the caller lets it listen. */
export function createApiServer(parts: ServerParts): Server {
  const server = createServer((request, response) => {
    serve(parts, request, response).catch(() => request.socket.destroy());
  });
  // Clients in Go keep idle connections for 90 s and fail when a POST meets the server closing one.
  server.keepAliveTimeout = 120_000;
  return server;
}

async function serve(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const started = parts.clock.now();
  const requestId = randomUUID();
  const body = await readBody(request);
  const outcome = await answer(parts, request, body, requestId);
  const { pathname, search } = targetOf(request);
  parts.log.add({
    time: new Date(started).toISOString(),
    requestId,
    source: request.socket.remoteAddress ?? "",
    method: request.method ?? "",
    path: pathname,
    query: search.replace(/^\?/, ""),
    headers: loggedHeaders(request.headers),
    body: body.text,
    status: typeof outcome === "string" ? null : outcome.status,
    milliseconds: parts.clock.now() - started,
  });
  if (outcome === "cut") request.socket.destroy();
  else if (outcome !== "hang") send(response, request.method === "HEAD", outcome, requestId);
}

function send(response: ServerResponse, isHead: boolean, outcome: Exclude<Outcome, string>, requestId: string): void {
  const text = outcome.body === undefined ? "" : JSON.stringify(outcome.body);
  response.writeHead(outcome.status, {
    "content-type": "application/json; charset=utf-8",
    "x-request-id": requestId,
    ...(outcome.status === 204 ? {} : { "content-length": String(Buffer.byteLength(text)) }),
    // The rest of a body that was too large is not read, so the connection cannot be used again.
    ...(outcome.status === 413 ? { connection: "close" } : {}),
    ...outcome.headers,
  });
  response.end(isHead ? undefined : text);
}

async function answer(
  parts: ServerParts,
  request: IncomingMessage,
  body: RequestBody,
  requestId: string,
): Promise<Outcome> {
  let limits: Record<string, string> = {};
  try {
    const caller = authenticate(parts.tokens, request);
    limits = parts.limiter.take(caller ?? `address ${request.socket.remoteAddress ?? ""}`);
    if (caller === undefined) throw new ApiError(401);
    const effect = parts.faults.take(methodOf(request), targetOf(request).pathname);
    return await applyFault(parts, effect, requestId, async () => {
      const reply = await route(parts, request, body, effect);
      return { ...reply, headers: limits };
    });
  } catch (error) {
    return failure(parts, error, requestId, limits);
  }
}

function failure(
  parts: ServerParts,
  error: unknown,
  requestId: string,
  limits: Readonly<Record<string, string>>,
): Outcome {
  if (!(error instanceof ApiError)) parts.onError(`cannot serve a request: ${String(error)}`);
  const known = error instanceof ApiError ? error : new ApiError(500);
  return { status: known.status, headers: { ...limits, ...known.headers }, body: renderError(known, requestId) };
}

async function applyFault(
  parts: ServerParts,
  effect: FaultEffect | undefined,
  requestId: string,
  perform: () => Promise<Outcome>,
): Promise<Outcome> {
  switch (effect?.kind) {
    case "hang":
      return "hang";
    case "cut":
      if (effect.when === "after") await perform();
      return "cut";
    case "delay":
      await sleep(parts.clock, effect.milliseconds);
      return perform();
    case "status": {
      if (effect.afterEffect === true) await perform();
      const error = new ApiError(effect.status, effect.message);
      const headers: Record<string, string> =
        effect.retryAfter === undefined ? {} : { "retry-after": String(effect.retryAfter) };
      const { id = error.id } = effect;
      return { status: effect.status, headers, body: renderError({ id, message: error.message }, requestId) };
    }
    default:
      return perform();
  }
}

async function route(
  parts: ServerParts,
  request: IncomingMessage,
  body: RequestBody,
  effect: FaultEffect | undefined,
): Promise<Reply> {
  const { pathname, searchParams } = targetOf(request);
  const method = methodOf(request);
  const found = findRoute(parts.routes, method, pathname);
  const reply = await found.route.handle({
    params: found.params,
    query: searchParams,
    body: parseBody(body, request.headers["content-type"]),
    baseUrl: baseUrlOf(request),
    path: pathname,
    actionFault: effect?.kind === "stuck" || effect?.kind === "fail" ? effect.kind : undefined,
  });
  if (method !== "GET") parts.save();
  return reply;
}

/** HEAD is served as GET, its body is left out at the end. */
function methodOf(request: IncomingMessage): string {
  return request.method === "HEAD" ? "GET" : (request.method ?? "");
}

/** The token of the request when it is a good one. Compares digests: how long it takes tells nothing about tokens. */
function authenticate(tokens: readonly string[], request: IncomingMessage): string | undefined {
  const given = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (given === undefined) return undefined;
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return tokens.find((token) => timingSafeEqual(digest(token), digest(given)));
}

function targetOf(request: IncomingMessage): URL {
  const target = request.url ?? "/";
  // A base is needed to parse a path; what is no path (a proxy's absolute form, "*") matches no route.
  return new URL(target.startsWith("/") ? target.replace(/^\/+/, "/") : "/", "http://localhost");
}

/** How the client calls this server, so that links lead back here. */
function baseUrlOf(request: IncomingMessage): string {
  const host = request.headers.host ?? "";
  if (/^[a-z0-9.:[\]-]+$/i.test(host)) return `http://${host}`;
  const { address, port } = request.socket.address() as AddressInfo;
  return `http://${address.includes(":") ? `[${address}]` : address}:${port}`;
}
