// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A node in headscale's own words. */
export type FakeNode = Record<string, unknown> & { id: string };

/** headscale's REST API in memory, with its loose ends: unknown tags and unknown keys pass, failures come as 500. */
export interface FakeHeadscale {
  readonly url: string;
  readonly apiKey: string;
  readonly nodes: FakeNode[];
  readonly keys: Record<string, unknown>[];
  /** Method and path of every request. */
  readonly calls: string[];
  policy: string | null;
  /** What a check or a set of a policy says; null lets it pass. */
  refusal: { readonly status: number; readonly message: string } | null;
  /** A whole answer instead of the usual one. */
  override: { readonly status: number; readonly body: string } | null;
  addNode(node: Partial<FakeNode>): FakeNode;
  /** Marks the key as used, as a join does. */
  useKey(id: string): void;
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly json: unknown;
}

const ok = (json: unknown): Reply => ({ status: 200, json });
const notFound: Reply = { status: 404, json: { code: 5, message: "node not found", details: [] } };

/** Starts it on a free port. */
export async function startFakeHeadscale(): Promise<FakeHeadscale> {
  const server = createServer((request, response) => {
    void readText(request).then((body) => {
      fake.calls.push(`${request.method ?? ""} ${request.url ?? ""}`);
      if (request.headers.authorization !== `Bearer ${fake.apiKey}`) {
        response.writeHead(401).end("Unauthorized");
        return;
      }
      const reply = fake.override ?? toText(route(fake, `${request.method ?? ""} ${request.url ?? ""}`, body));
      response.writeHead(reply.status, { "content-type": "application/json" }).end(reply.body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const fake: FakeHeadscale = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apiKey: "hskey-api-test",
    nodes: [],
    keys: [],
    calls: [],
    policy: null,
    refusal: null,
    override: null,
    addNode: (node) => addNode(fake, node),
    useKey: (id) => void Object.assign(fake.keys.find((key) => key["id"] === id) ?? {}, { used: true }),
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return fake;
}

function toText({ status, json }: Reply): { status: number; body: string } {
  return { status, body: JSON.stringify(json) };
}

function addNode(fake: FakeHeadscale, node: Partial<FakeNode>): FakeNode {
  const id = String(fake.nodes.length + 1);
  const added: FakeNode = {
    id,
    machineKey: `mkey:${id}`,
    nodeKey: `nodekey:${id}`,
    discoKey: `discokey:${id}`,
    ipAddresses: [`100.64.0.${id}`, `fd7a:115c:a1e0::${id}`],
    name: `host${id}`,
    givenName: `host${id}`,
    user: { id: "2147455555", name: "tagged-devices" },
    lastSeen: "2026-01-02T03:04:05.678901Z",
    expiry: null,
    preAuthKey: null,
    createdAt: "2026-01-02T03:00:00.123456789Z",
    online: true,
    tags: ["tag:agent"],
    ...node,
  };
  fake.nodes.push(added);
  return added;
}

function route(fake: FakeHeadscale, line: string, body: string): Reply {
  const members = (body === "" ? {} : JSON.parse(body)) as Record<string, unknown>;
  const [, id = "", action = ""] = /^\w+ \/api\/v1\/node\/(\d+)\/?(.*)$/.exec(line) ?? [];
  if (line === "POST /api/v1/user") return ok({ user: { id: "7", name: members["name"] } });
  if (line === "POST /api/v1/preauthkey") return createKey(fake, members);
  if (line === "GET /api/v1/preauthkey")
    return ok({ preAuthKeys: fake.keys.map((key) => ({ ...key, key: "hskey-auth-***" })) });
  if (line === "POST /api/v1/preauthkey/expire" || line.startsWith("DELETE /api/v1/preauthkey?id=")) return ok({});
  if (line === "GET /api/v1/node") return ok({ nodes: fake.nodes });
  if (id !== "") return routeNode(fake, { method: line.split(" ")[0] ?? "", id, action }, members);
  if (line.endsWith("/policy") || line.endsWith("/policy/check")) return routePolicy(fake, line, members);
  return { status: 501, json: { code: 12, message: `the fake does not know "${line}"`, details: [] } };
}

function createKey(fake: FakeHeadscale, wanted: Record<string, unknown>): Reply {
  const id = String(fake.keys.length + 1);
  const key = {
    user: null,
    id,
    key: `hskey-auth-secret-${id}`,
    used: false,
    createdAt: "2026-01-01T00:00:00Z",
    ...wanted,
  };
  fake.keys.push(key);
  return ok({ preAuthKey: key });
}

interface NodeRoute {
  readonly method: string;
  readonly id: string;
  readonly action: string;
}

function routeNode(fake: FakeHeadscale, { method, id, action }: NodeRoute, members: Record<string, unknown>): Reply {
  const index = fake.nodes.findIndex((node) => node.id === id);
  const node = fake.nodes[index];
  if (node === undefined) return notFound;
  if (method === "DELETE") {
    fake.nodes.splice(index, 1);
    return ok({});
  }
  if (action === "tags") node["tags"] = members["tags"];
  if (action === "expire") node["expiry"] = "2026-01-02T03:04:05Z";
  if (action.startsWith("rename/")) node["givenName"] = action.slice("rename/".length);
  return ok({ node });
}

function routePolicy(fake: FakeHeadscale, line: string, members: Record<string, unknown>): Reply {
  if (line.startsWith("GET")) {
    if (fake.policy !== null) return ok({ policy: fake.policy, updatedAt: "2026-01-01T00:00:00Z" });
    return { status: 500, json: { code: 2, message: "loading ACL from database: acl policy not found", details: [] } };
  }
  if (fake.refusal !== null)
    return { status: fake.refusal.status, json: { code: 3, message: fake.refusal.message, details: [] } };
  if (line.startsWith("PUT")) fake.policy = String(members["policy"]);
  return ok({ policy: members["policy"] });
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8") as AsyncIterable<string>) text += chunk;
  return text;
}
