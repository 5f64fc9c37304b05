// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createAccess, requireScope, type Access, type Caller, type OauthClient } from "./apiAccess.ts";
import { createAuthKeys } from "./apiAuthKeys.ts";
import type { ApiCall, ApiReply } from "./apiCall.ts";
import { createDevices } from "./apiDevices.ts";
import { ApiError, errorBody } from "./apiError.ts";
import { getPolicy, setPolicy, validatePolicy } from "./apiPolicy.ts";
import type { HeadscaleClient } from "./headscaleClient.ts";
import { defaultBaseDomain } from "./headscaleConfig.ts";

/** One request that reached the API. */
export interface ApiRequest {
  /** RFC 3339. */
  readonly time: string;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  /** Who asked: "api-key", the OAuth client's ID, or null when refused. */
  readonly caller: string | null;
}

/** An error instead of the answer, without any effect. */
export interface ApiFault {
  readonly method: string;
  /** Matches the path, for example /\/keys$/. */
  readonly path: RegExp;
  readonly status: number;
  readonly message: string;
  /** How many requests it hits. @default 1 */
  readonly times?: number;
}

/** How to run the Tailscale API in front of headscale. */
export interface TailscaleApiOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly headscale: HeadscaleClient;
  /** Parent domain of node names. @default "tailnet.lab.example" */
  readonly domain?: string;
  readonly apiKeys: readonly string[];
  /** @default none */
  readonly oauthClients?: readonly OauthClient[];
  /** headscale's ID of the user to whom the API keys belong. @default none: every auth key must have tags */
  readonly ownerId?: string;
  /** @default the real time */
  readonly clock?: () => Date;
}

/** A running front. */
export interface TailscaleApi {
  /** http://host:port, for TAILSCALE_BASE_URL. */
  readonly url: string;
  readonly requests: readonly ApiRequest[];
  addFault(fault: ApiFault): void;
  close(): Promise<void>;
}

interface Route {
  readonly method: string;
  /** Its groups are the call's parameters. */
  readonly path: RegExp;
  readonly scope: string;
  readonly handle: (call: ApiCall) => Promise<ApiReply>;
}

/** Bytes. */
const bodyLimit = 1024 * 1024;

/** Starts the part of Tailscale's API v2 that the lab needs, over plain HTTP. @throws when it cannot listen. */
export async function startTailscaleApi(options: TailscaleApiOptions): Promise<TailscaleApi> {
  const { host, port, clock = () => new Date() } = options;
  const access = createAccess({ apiKeys: options.apiKeys, oauthClients: options.oauthClients ?? [], clock });
  const table = routes(options, clock);
  const requests: ApiRequest[] = [];
  const faults: { fault: ApiFault; left: number }[] = [];

  const server = createServer((incoming, outgoing) => {
    const time = clock().toISOString();
    void answer(incoming, { access, table, faults }).then(({ reply, caller }) => {
      const { method = "", url: path = "" } = incoming;
      requests.push({ time, method, path, status: reply.status, caller: caller?.name ?? null });
      send(outgoing, reply);
    });
  });
  server.listen(port, host);
  await once(server, "listening");
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    requests,
    addFault: (fault) => void faults.push({ fault, left: fault.times ?? 1 }),
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function routes(options: TailscaleApiOptions, clock: () => Date): readonly Route[] {
  const { headscale, ownerId = null, domain = defaultBaseDomain } = options;
  const keys = createAuthKeys({ headscale, clock, ownerId });
  const devices = createDevices({ headscale, domain });
  const tailnet = `/api/v2/tailnet/(?:-|${domain.replaceAll(".", "\\.")})`;
  const route = (method: string, path: string, scope: string, handle: Route["handle"]): Route => {
    return { method, path: new RegExp(`^${path}$`), scope, handle };
  };
  const device = "/api/v2/device/([^/]+)";
  return [
    route("POST", `${tailnet}/keys`, "auth_keys", keys.create),
    route("GET", `${tailnet}/keys`, "auth_keys:read", keys.list),
    route("GET", `${tailnet}/keys/([^/]+)`, "auth_keys:read", keys.get),
    route("DELETE", `${tailnet}/keys/([^/]+)`, "auth_keys", keys.delete),
    route("GET", `${tailnet}/devices`, "devices:core:read", devices.list),
    route("GET", device, "devices:core:read", devices.get),
    route("DELETE", device, "devices:core", devices.delete),
    route("POST", `${device}/authorized`, "devices:core", devices.setAuthorized),
    route("POST", `${device}/tags`, "devices:core", devices.setTags),
    route("POST", `${device}/name`, "devices:core", devices.setName),
    route("POST", `${device}/key`, "devices:core", devices.setKey),
    route("POST", `${device}/expire`, "devices:core", devices.expire),
    route("GET", `${tailnet}/acl`, "policy_file:read", (call) => getPolicy(headscale, call)),
    route("POST", `${tailnet}/acl`, "policy_file", (call) => setPolicy(headscale, call)),
    route("POST", `${tailnet}/acl/validate`, "policy_file:read", (call) => validatePolicy(headscale, call)),
  ];
}

interface Context {
  readonly access: Access;
  readonly table: readonly Route[];
  readonly faults: readonly { readonly fault: ApiFault; left: number }[];
}

async function answer(
  incoming: IncomingMessage,
  context: Context,
): Promise<{ reply: ApiReply; caller: Caller | null }> {
  let caller: Caller | null = null;
  try {
    const body = await readBody(incoming);
    const url = new URL(incoming.url ?? "", "http://api.invalid");
    hitFault(context.faults, incoming.method ?? "", url.pathname);
    if (url.pathname === "/api/v2/oauth/token" && incoming.method === "POST") {
      const token = context.access.createToken(incoming.headers.authorization, new URLSearchParams(body));
      return { reply: { status: 200, json: token }, caller };
    }
    caller = context.access.authenticate(incoming.headers.authorization);
    return { reply: await dispatch(context.table, incoming, { url, body, caller }), caller };
  } catch (error) {
    const known = error instanceof ApiError ? error : new ApiError(500, "internal server error");
    return { reply: { status: known.status, json: errorBody(known) }, caller };
  }
}

function hitFault(faults: Context["faults"], method: string, pathname: string): void {
  const hit = faults.find(({ fault, left }) => left > 0 && fault.method === method && fault.path.test(pathname));
  if (hit === undefined) return;
  hit.left -= 1;
  throw new ApiError(hit.fault.status, hit.fault.message);
}

interface Dispatched {
  readonly url: URL;
  readonly body: string;
  readonly caller: Caller;
}

async function dispatch(
  table: readonly Route[],
  incoming: IncomingMessage,
  { url, body, caller }: Dispatched,
): Promise<ApiReply> {
  const matching = table.filter(({ path }) => path.test(url.pathname));
  const route = matching.find(({ method }) => method === incoming.method);
  if (matching.length === 0) throw new ApiError(404, "not found");
  if (route === undefined) throw new ApiError(405, "method not allowed");
  requireScope(caller, route.scope);
  const parameters = (route.path.exec(url.pathname) ?? []).slice(1).map(decodeParameter);
  const headers = incoming.headers as Readonly<Record<string, string | undefined>>;
  return route.handle({ parameters, query: url.searchParams, headers, body, caller });
}

function decodeParameter(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ApiError(400, "malformed path");
  }
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) throw new ApiError(413, "request body too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function send(outgoing: ServerResponse, { status, headers = {}, json, text }: ApiReply): void {
  const type = text === undefined ? "application/json" : "text/plain";
  outgoing.writeHead(status, { "content-type": type, ...headers });
  outgoing.end(text ?? JSON.stringify(json));
}
