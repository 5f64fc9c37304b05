// SPDX-License-Identifier: Apache-2.0
// The auth key calls of Tailscale's API, without a tailnet behind them.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A key as the API shows it, without the secret. */
export interface FakeKey {
  readonly id: string;
  readonly keyType: string;
  readonly created: string;
  readonly expires: string;
  readonly revoked: string;
  readonly expirySeconds?: number;
  readonly invalid: boolean;
  readonly capabilities: unknown;
  readonly description: string;
  readonly userId: string;
}

export interface FakeTailscaleRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
  readonly body: string;
}

export interface FakeTailscaleKeys {
  readonly url: string;
  readonly requests: readonly FakeTailscaleRequest[];
  /** Keys that exist, by ID. A test may change them: delete one (a spent one-off key is gone) or make it invalid. */
  readonly keys: Map<string, FakeKey>;
  /** The secrets given out so far. */
  readonly secrets: readonly string[];
  /** Answers the next request with this instead. */
  readonly failNext: (status: number, body: string) => void;
  readonly close: () => Promise<void>;
}

export const fakeApiKey = "tskey-api-fake";
export const fakeOauthClient = { id: "client-fake", secret: "tskey-client-fake" };

/** Starts the fake on a free loopback port. It accepts {@link fakeApiKey} and {@link fakeOauthClient}. */
export async function startFakeTailscaleKeys(): Promise<FakeTailscaleKeys> {
  const requests: FakeTailscaleRequest[] = [];
  const keys = new Map<string, FakeKey>();
  const secrets: string[] = [];
  const failures: { status: number; json: string }[] = [];

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = "", url: path = "", headers } = request;
    const body = await text(request);
    requests.push({ method, path, authorization: headers.authorization ?? "", body });
    const { status, json } = failures.shift() ?? reply(method, path, headers.authorization ?? "", body);
    response.writeHead(status, { "content-type": "application/json" }).end(json);
  };
  const reply = (method: string, path: string, authorization: string, body: string) => {
    if (path === "/api/v2/oauth/token") return token(body);
    if (!isKnown(authorization)) return refusal(401, "API token invalid");
    const id = /^\/api\/v2\/tailnet\/[^/]+\/keys(?:\/(.+))?$/.exec(path)?.[1];
    if (method === "POST") return { status: 200, json: JSON.stringify(create(body)) };
    const found = keys.get(id ?? "");
    if (found === undefined) return refusal(404, "requested key not found");
    if (method === "DELETE") keys.delete(found.id);
    return { status: 200, json: JSON.stringify(method === "DELETE" ? {} : found) };
  };
  const create = (body: string) => {
    const asked = JSON.parse(body) as { capabilities: unknown; expirySeconds?: number; description?: string };
    const id = `k${String(secrets.length + 1)}CNTRL`;
    const secret = `tskey-auth-${id}-CANARY${String(secrets.length + 1)}`;
    const key: FakeKey = {
      ...{ id, keyType: "auth", created: "2026-01-01T00:00:00.123Z", expires: "2026-01-01T00:15:00.123Z" },
      ...{ revoked: "0001-01-01T00:00:00Z", expirySeconds: asked.expirySeconds ?? 7776000, invalid: false },
      ...{ capabilities: asked.capabilities, description: asked.description ?? "", userId: "u1" },
    };
    keys.set(id, key);
    secrets.push(secret);
    return { ...key, key: secret };
  };

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    requests,
    keys,
    secrets,
    failNext: (status, json) => failures.push({ status, json }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function token(form: string) {
  const { client_id: id, client_secret: secret } = Object.fromEntries(new URLSearchParams(form));
  if (id !== fakeOauthClient.id || secret !== fakeOauthClient.secret) return refusal(401, "OAuth client not found");
  return { status: 200, json: JSON.stringify({ access_token: "token-fake", token_type: "Bearer", expires_in: 3600 }) };
}

function isKnown(authorization: string): boolean {
  const basic = `Basic ${Buffer.from(`${fakeApiKey}:`).toString("base64")}`;
  return authorization === basic || authorization === "Bearer token-fake";
}

function refusal(status: number, message: string) {
  return { status, json: JSON.stringify({ message }) };
}
