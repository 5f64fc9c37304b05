// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { nothingUnderstood, type ProviderReply, type ProviderRequest } from "./exchange.ts";
import { createFaultList, type FaultList, type ModelFault } from "./modelFaults.ts";
import { findProvider, providers, type ModelProviderName } from "./providerTable.ts";

export type { ModelProviderName };

/** One request as the provider saw it. */
export interface ModelRequest {
  /** RFC 3339. */
  readonly time: string;
  /** Source address of the connection. */
  readonly source: string;
  readonly host: string;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** null for a host that is none of the providers. */
  readonly provider: ModelProviderName | null;
  /** The raw API key, null when none came. */
  readonly key: string | null;
  readonly status: number;
  readonly model: string | null;
  readonly stream: boolean;
  /** Text of the user's last turn, "" when there is none. */
  readonly prompt: string;
  /** What the tools gave that the model had asked for, in the user's last turn; missing: nothing. */
  readonly toolResult?: string;
  /** The User-Agent header. */
  readonly userAgent: string | null;
  /** "open" while the answer is being sent, "aborted" when the connection ended before the answer did. */
  readonly outcome: "open" | "complete" | "aborted";
  /** When the answer or the connection ended, RFC 3339; null while it is open. */
  readonly endedAt: string | null;
}

/** How to run the mock. */
export interface ModelProviderOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** PEM texts. */
  readonly tls: { readonly cert: string; readonly key: string };
  /** @default the real time */
  readonly clock?: () => Date;
  /** Waits between two events of a stream. @default 5 ms each */
  readonly pause?: () => Promise<unknown>;
}

/** A running mock of the model providers. */
export interface ModelProvider {
  /** https://host:port; the Host header must name the provider. */
  readonly url: string;
  /** Each is listed when its answer begins. */
  readonly requests: readonly ModelRequest[];
  /** Only these keys are accepted from now on; null (the start) accepts every key of the provider's form. */
  acceptOnly(provider: ModelProviderName, keys: readonly string[] | null): void;
  addFault(fault: ModelFault): void;
  /** Lets the streams go on that "hold" faults stopped. */
  releaseStreams(): void;
  /** Ends every connection. */
  close(): Promise<void>;
}

interface World {
  readonly options: ModelProviderOptions;
  readonly accepted: Map<ModelProviderName, readonly string[] | null>;
  readonly faults: FaultList;
  readonly requests: Writable<ModelRequest>[];
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Bytes: what Anthropic takes. */
const bodyLimit = 32 * 1024 * 1024;

/** Starts the mock over TLS. @throws when it cannot listen. */
export async function startModelProvider(options: ModelProviderOptions): Promise<ModelProvider> {
  const world: World = { options, accepted: new Map(), faults: createFaultList(), requests: [] };
  const server = createServer({ cert: options.tls.cert, key: options.tls.key }, (incoming, outgoing) => {
    // What fails here is the connection, so there is nobody to answer.
    serve(world, incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(options.port, options.host);
  await once(server, "listening");
  return {
    url: `https://${options.host}:${(server.address() as AddressInfo).port}`,
    requests: world.requests,
    acceptOnly: (provider, keys) => void world.accepted.set(provider, keys),
    addFault: (fault) => world.faults.add(fault),
    releaseStreams: () => world.faults.release(),
    close: async () => {
      const closed = once(server, "close");
      server.close();
      world.faults.release();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(world: World, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const body = await readBody(incoming);
  const host = (incoming.headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
  const name = findProvider(host);
  const request = readRequest(world, incoming, body ?? "", name);
  const provider = name === null ? null : providers[name];
  const fault = name === null ? null : world.faults.take(name);

  const { reply, understood } =
    provider === null
      ? { reply: misdirected(host), understood: nothingUnderstood }
      : body === null
        ? { reply: provider.error(request, 413), understood: nothingUnderstood }
        : provider.answer(request);
  const sent =
    fault?.kind === "error" && provider !== null ? failure(provider.error(request, fault.status ?? 500), fault) : reply;

  const record: Writable<ModelRequest> = {
    time: request.now.toISOString(),
    source: (incoming.socket.remoteAddress ?? "").replace(/^::ffff:/, ""),
    host,
    method: request.method,
    path: incoming.url ?? "",
    provider: name,
    key: provider?.key(request) ?? null,
    status: sent.status,
    ...understood,
    userAgent: request.headers["user-agent"] ?? null,
    outcome: "open",
    endedAt: null,
  };
  world.requests.push(record);
  outgoing.on("close", () => {
    record.outcome = outgoing.writableFinished ? "complete" : "aborted";
    record.endedAt = now(world).toISOString();
  });
  await send(world, outgoing, { reply: sent, fault });
}

function failure(reply: ProviderReply, { retryAfter }: ModelFault): ProviderReply {
  if (retryAfter === undefined) return reply;
  return { ...reply, headers: { ...reply.headers, "retry-after": String(retryAfter) } };
}

function readRequest(
  world: World,
  incoming: IncomingMessage,
  body: string,
  name: ModelProviderName | null,
): ProviderRequest {
  const { accepted, requests } = world;
  const only = name === null ? null : (accepted.get(name) ?? null);
  const wellFormed = name === null ? () => false : providers[name].wellFormed;
  return {
    method: incoming.method ?? "",
    pathname: (incoming.url ?? "").replace(/[?#].*$/s, ""),
    search: /\?[^#]*/.exec(incoming.url ?? "")?.[0] ?? "",
    headers: incoming.headers as ProviderRequest["headers"],
    body,
    sequence: requests.length + 1,
    now: now(world),
    accepts: (key) => (only === null ? wellFormed(key) : only.includes(key)),
  };
}

function now({ options }: World): Date {
  return options.clock?.() ?? new Date();
}

function misdirected(host: string): ProviderReply {
  return { status: 421, headers: {}, json: { error: { message: `no provider is called "${host}"` } } };
}

/** null when it exceeds the limit; the rest of it is dropped. */
async function readBody(incoming: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= bodyLimit) chunks.push(chunk);
  }
  return size > bodyLimit ? null : Buffer.concat(chunks).toString("utf8");
}

interface Sending {
  readonly reply: ProviderReply;
  readonly fault: ModelFault | null;
}

async function send({ faults, options }: World, outgoing: ServerResponse, { reply, fault }: Sending): Promise<void> {
  const events = reply.events ?? [JSON.stringify(reply.json)];
  // A JSON answer is one piece: a fault comes before it.
  const stopAt = reply.events === undefined ? 0 : (fault?.afterEvents ?? 1);
  const pause = fault?.kind === "slow" ? () => wait(fault.pause ?? 100) : (options.pause ?? (() => wait(5)));
  for (const [index, event] of events.entries()) {
    if (index > 0) await pause();
    if (fault?.kind === "cut" && index === stopAt) {
      outgoing.destroy();
      return;
    }
    if (fault?.kind === "hold" && index === stopAt) await faults.hold(outgoing);
    if (outgoing.destroyed) return;
    if (!outgoing.headersSent)
      outgoing.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
    await flush(outgoing, event);
  }
  outgoing.end();
}

/** Waits until the system has the event, so that a cut comes after it; a connection that ends meanwhile is seen by the caller. */
function flush(outgoing: ServerResponse, event: string): Promise<void> {
  return new Promise((resolve) => outgoing.write(event, () => resolve()));
}
