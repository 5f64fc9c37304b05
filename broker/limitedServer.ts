// SPDX-License-Identifier: Apache-2.0
import type { RequestListener, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { inTurn } from "./inTurn.ts";

// Importing node:http reads each of its exports, and that of WebSocket loads all of fetch: some 4 MB.
const { createServer } = process.getBuiltinModule("node:http");

/** Bounds of a server that strangers can reach. */
export interface ServerLimits {
  /** Longest head of a request, in bytes. */
  readonly headBytes: number;
  /** Longest time for the head of a request to arrive, in milliseconds. */
  readonly headMilliseconds: number;
  /** Longest time for a whole request to arrive, in milliseconds. */
  readonly requestMilliseconds: number;
  /** How long an idle connection stays open, in milliseconds. */
  readonly idleMilliseconds: number;
  /** Most connections at once; more are closed at once. */
  readonly connections: number;
}

const LAST_WORD_MILLISECONDS = 1000;
const STATUS_OF_FAULT: ReadonlyMap<string, string> = new Map([
  ["HPE_HEADER_OVERFLOW", "431 Request Header Fields Too Large"],
  ["ERR_HTTP_REQUEST_TIMEOUT", "408 Request Timeout"],
]);

/** An HTTP/1.1 server with bounds on everything a client can make it wait for or hold; the requests of a connection come one by one. */
export function createLimitedServer(limits: ServerLimits, handle: RequestListener): Server {
  const server = createServer({
    maxHeaderSize: limits.headBytes,
    headersTimeout: limits.headMilliseconds,
    requestTimeout: limits.requestMilliseconds,
    keepAliveTimeout: limits.idleMilliseconds,
    connectionsCheckingInterval: Math.min(1000, limits.headMilliseconds),
    insecureHTTPParser: false,
    requireHostHeader: true,
  });
  server.maxConnections = limits.connections;
  server.maxHeadersCount = 0; // Node would drop the headers beyond the count, unseen; their number is checked instead
  const { listener, lastAnswer } = inTurn(handle);
  server.on("request", listener);
  server.on("checkContinue", listener);
  server.on("checkExpectation", listener);
  // From here on Node bounds nothing any more, and a client that does not close its side would keep its place for ever.
  server.on("connect", (_request, socket: Duplex) => sendLast(socket, "405 Method Not Allowed"));
  const faulty = new WeakSet<Duplex>();
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    // What follows a fault is one more each time.
    if (faulty.has(socket)) return;
    faulty.add(socket);
    const status = STATUS_OF_FAULT.get(error.code ?? "") ?? "400 Bad Request";
    afterAnswer(socket, lastAnswer(socket), status);
  });
  return server;
}

/** Says it where it can be taken for the answer to nothing but the fault: not before, and not within, the answer to a good request. */
function afterAnswer(socket: Socket, last: ServerResponse | undefined, status: string): void {
  const say = (): void => sendLast(socket, status);
  if (last === undefined || (last.writableEnded && last.req.complete)) say();
  // The fault is behind it: it is carried out and gets its own answer.
  else if (last.req.complete) last.once("close", () => (socket.destroyed ? undefined : say()));
  // The fault is in a body whose request has its answer already: two would be one too many.
  else if (last.writableEnded) endSoon(socket, "");
  // The fault is in its body.
  else if (last.socket === socket && !last.headersSent) say();
  else socket.resetAndDestroy();
}

/** Says why and closes. */
function sendLast(socket: Duplex, status: string): void {
  endSoon(socket, `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

/** Closes when all is written, soon also when the client does not read. */
function endSoon(socket: Duplex, lastWord: string): void {
  const timer = setTimeout(() => socket.destroy(), LAST_WORD_MILLISECONDS);
  // After CONNECT nobody else listens, and an error that nobody hears ends the program.
  socket.on("error", () => undefined).once("close", () => clearTimeout(timer));
  socket.end(lastWord, () => socket.destroy());
}
