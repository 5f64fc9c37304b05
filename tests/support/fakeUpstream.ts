// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { createTestCertificate, type TestCertificate } from "./testCertificate.ts";

/** A request as the provider saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  /** Flat, as it stood on the wire. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** Answers a request; gets it before its body has arrived. */
export type UpstreamHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** A model provider with TLS on loopback. */
export interface FakeUpstream {
  /** `https://localhost:port`. */
  readonly origin: string;
  /** Certificate that a client must trust. */
  readonly ca: string;
  /** Requests whose body arrived whole. */
  readonly seen: readonly SeenRequest[];
  /** Connections accepted so far. */
  connections(): number;
  /** Replaces the handler; the first one answers 200 `{"ok":true}`. */
  answer(handler: UpstreamHandler): void;
  close(): Promise<void>;
}

/** Starts a fake provider; `certificate` is a good one for localhost unless given. */
export async function startFakeUpstream(certificate: TestCertificate = createTestCertificate()): Promise<FakeUpstream> {
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let handler: UpstreamHandler = (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end('{"ok":true}');
  };
  const server = createServer({ ...certificate, maxHeaderSize: 64 * 1024 }, (request, response) => {
    record(request, seen);
    handler(request, response);
  });
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    ca: certificate.cert,
    seen,
    connections: () => connections,
    answer: (next) => (handler = next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function record(request: IncomingMessage, seen: SeenRequest[]): void {
  const parts: Buffer[] = [];
  const { method = "", url = "", rawHeaders, headers } = request;
  request.on("data", (part: Buffer) => parts.push(part));
  request.once("end", () => seen.push({ method, url, rawHeaders, headers, body: Buffer.concat(parts) }));
}
