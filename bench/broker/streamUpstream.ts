// SPDX-License-Identifier: Apache-2.0
// A provider that streams: `node streamUpstream.ts SCHEME CERT_FILE KEY_FILE CHUNKS GAP_MS`. With TLS it offers HTTP/2 and HTTP/1.1, as
// providers do. Each chunk carries the time at which it was sent on the clock that all processes of a machine share. CHUNKS of 0: one
// chunk, then silence.
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { createSecureServer } from "node:http2";
import type { AddressInfo, Socket } from "node:net";

const [scheme = "", certFile = "", keyFile = "", chunks = "0", gap = "5"] = process.argv.slice(2);
const now = () => `${process.hrtime.bigint()}\n`;

function stream(response: Pick<ServerResponse, "writeHead" | "write" | "end" | "on">): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(now());
  let left = Number(chunks);
  if (left === 0) return;
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) response.write(now());
    else response.end(now());
    if (left <= 0) clearInterval(timer);
  }, Number(gap));
  response.on("close", () => clearInterval(timer));
}

const options = { cert: readFileSync(certFile), key: readFileSync(keyFile), allowHTTP1: true };
const server =
  scheme === "https"
    ? createSecureServer(options, (_request, response) => stream(response as unknown as ServerResponse))
    : createServer((_request, response) => stream(response));
// Node does so for servers that speak HTTP/1.1 only; without it this one would sit on a chunk for 40 ms.
server.on("connection", (socket: Socket) => socket.setNoDelay(true));
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => console.log((server.address() as AddressInfo).port));
