// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { AskError } from "./askError.ts";
import { MAX_ASK_BYTES, parseAskRequest, type AskRequest } from "./askRequest.ts";

/** What the server stands for. */
export interface AskServerOptions {
  /** Name of the agent. */
  readonly agent: string;
  /** Provider ids, at least one. */
  readonly providers: readonly string[];
  /** Gives the model's answer. `signal` is aborted when whoever asked has gone. */
  readonly ask: (request: AskRequest, signal: AbortSignal) => Promise<string>;
  /** Whether questions can be answered now. @default always */
  readonly isReady?: () => boolean;
  /** Questions that may be open at once; 8 by default. More are refused with 429. */
  readonly limit?: number;
}

/** Makes the server of the agent: `POST /ask` for questions, `GET /healthz` to see whether it is up (200) or still starting (503). It does not listen yet. */
export function createAskServer(options: AskServerOptions): Server {
  const { limit = 8 } = options;
  let open = 0;
  const server = createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000, maxHeaderSize: 8192 },
    (request, response) => {
      if (request.url === "/healthz" && request.method === "GET") {
        sendHealth(response, options);
        return;
      }
      if (open >= limit) {
        sendError(response, new AskError(429, "busy", "too many questions at once", "1"));
        return;
      }
      open += 1;
      void answer(request, response, options).finally(() => (open -= 1));
    },
  );
  server.maxConnections = 64;
  return server;
}

function sendHealth(response: ServerResponse, { agent, isReady = () => true }: AskServerOptions): void {
  const ready = isReady();
  send(response, ready ? 200 : 503, { agent, health: ready ? "ok" : "starting" });
}

async function answer(request: IncomingMessage, response: ServerResponse, options: AskServerOptions): Promise<void> {
  const { agent, providers, ask } = options;
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  try {
    refuseOthers(request);
    const question = parseAskRequest(await readBody(request), providers);
    const text = await ask(question, gone.signal);
    send(response, 200, { agent, provider: question.provider, answer: text });
  } catch (error) {
    sendError(response, error instanceof AskError ? error : new AskError(500, "internal", "internal error"));
  }
}

/** The content type keeps a page in an operator's browser from asking: it would need a permission that is never given. */
function refuseOthers({ method, url, headers }: IncomingMessage): void {
  if (url !== "/ask") throw new AskError(404, "not-found", "there is only /ask");
  if (method !== "POST") throw new AskError(405, "method-not-allowed", "questions are asked with POST");
  if (!/^application\/json\s*(?:;|$)/i.test(headers["content-type"] ?? "")) {
    throw new AskError(415, "unsupported-media-type", "the content type must be application/json");
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      length += (chunk as Buffer).length;
      if (length > MAX_ASK_BYTES)
        throw new AskError(413, "too-long", `the body must not be longer than ${MAX_ASK_BYTES} bytes`);
      chunks.push(chunk as Buffer);
    }
  } catch (error) {
    if (error instanceof AskError) throw error;
    throw new AskError(400, "bad-request", "the body ended early");
  }
  return Buffer.concat(chunks);
}

function sendError(response: ServerResponse, { status, code, message, retryAfter }: AskError): void {
  // What is left of the request is not read, so nobody can say where the next one would start.
  response.setHeader("connection", "close");
  if (retryAfter !== undefined) response.setHeader("retry-after", retryAfter);
  if (status === 405) response.setHeader("allow", "POST");
  send(response, status, { error: message, code });
}

function send(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(`${JSON.stringify(value)}\n`);
}
