// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { createTestCertificate } from "../../support/testCertificate.ts";
import type { FakeUpstream } from "../../support/fakeUpstream.ts";

/** A provider that sends bytes as the test writes them, whatever HTTP thinks of them. */
export interface RawUpstream extends Pick<FakeUpstream, "origin" | "ca" | "close"> {
  /** Called with each whole head of a request; the socket is then the test's. */
  answer(handler: (socket: TLSSocket, head: string) => void): void;
  /** Resets the TCP connection below, without a word of TLS. */
  reset(socket: TLSSocket): void;
  /** Heads of requests so far. */
  readonly heads: readonly string[];
}

/** Starts it. */
export async function startRawUpstream(): Promise<RawUpstream> {
  const { cert, key } = createTestCertificate();
  const sockets = new Set<TLSSocket>();
  const heads: string[] = [];
  const below = new Map<number | undefined, Socket>();
  let handler: (socket: TLSSocket, head: string) => void = (socket) => socket.end("HTTP/1.1 204 No Content\r\n\r\n");
  const server = createServer({ cert, key }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
    let text = "";
    socket.on("data", (part: Buffer) => {
      text += part.toString("latin1");
      for (let end = text.indexOf("\r\n\r\n"); end !== -1; end = text.indexOf("\r\n\r\n")) {
        const head = text.slice(0, end);
        // Bodies of these tests are `{}` with a length, or nothing.
        text = text.slice(end + 4).replace(/^\{\}/, "");
        heads.push(head);
        handler(socket, head);
      }
    });
  });
  server.on("connection", (socket: Socket) => below.set(socket.remotePort, socket));
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    ca: cert,
    heads,
    answer: (next) => (handler = next),
    reset: (socket) => void below.get(socket.remotePort)?.resetAndDestroy(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
