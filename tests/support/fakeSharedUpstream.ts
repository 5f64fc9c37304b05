// SPDX-License-Identifier: Apache-2.0
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
  type SecureServerOptions,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { FakeUpstream, SeenRequest, UpstreamHandler } from "./fakeUpstream.ts";
import { createTestCertificate, type TestCertificate } from "./testCertificate.ts";

type SharedHandler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** A model provider that offers HTTP/2. */
export interface FakeSharedUpstream extends FakeUpstream {
  /** HTTP/2 connections, in the order in which they came. */
  readonly sessions: readonly ServerHttp2Session[];
}

/** Starts a fake provider that offers HTTP/2 and, unless told otherwise, HTTP/1.1. */
export async function startFakeSharedUpstream(
  options: SecureServerOptions = {},
  certificate: TestCertificate = createTestCertificate(),
): Promise<FakeSharedUpstream> {
  const seen: SeenRequest[] = [];
  const sessions: ServerHttp2Session[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let handler: UpstreamHandler = (_request, response) => response.end('{"ok":true}');
  const server = createSecureServer({ ...certificate, allowHTTP1: true, ...options });
  server.on("request", (request, response) => {
    const parts: Buffer[] = [];
    const { method, url, rawHeaders, headers } = request;
    response.on("error", () => undefined);
    request.on("error", () => undefined).on("data", (part: Buffer) => parts.push(part));
    request.once("end", () => seen.push({ method, url, rawHeaders, headers, body: Buffer.concat(parts) }));
    // Both kinds of request have all that handlers use.
    (handler as unknown as SharedHandler)(request, response);
  });
  server.on("session", (session) => sessions.push(session));
  server.on("sessionError", () => undefined);
  server.on("secureConnection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    ca: certificate.cert,
    seen,
    sessions,
    connections: () => connections,
    answer: (next) => (handler = next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
