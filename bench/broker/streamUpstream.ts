// SPDX-License-Identifier: Apache-2.0
// A provider that streams: `node streamUpstream.ts SCHEME CERT_FILE KEY_FILE CHUNKS GAP_MS`. Each chunk carries the time at
// which it was sent on the clock that all processes of a machine share. CHUNKS of 0: one chunk, then silence.
import { readFileSync } from "node:fs";
import { createServer as createPlainServer, type RequestListener, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";

const [scheme = "", certFile = "", keyFile = "", chunks = "0", gap = "5"] = process.argv.slice(2);
const now = () => `${process.hrtime.bigint()}\n`;

function stream(response: ServerResponse): void {
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

const options = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
const listener: RequestListener = (_request, response) => stream(response);
const server = scheme === "https" ? createServer(options, listener) : createPlainServer(listener);
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => console.log((server.address() as AddressInfo).port));
