// SPDX-License-Identifier: Apache-2.0
// The same job by the http-proxy package: `node httpProxy.ts SCHEME UPSTREAM_PORT CERT_FILE`. Prints its port.
import { readFileSync } from "node:fs";
import { createServer, Agent as PlainAgent } from "node:http";
import { Agent } from "node:https";
import type { AddressInfo } from "node:net";

import httpProxy from "http-proxy";

import { upstreamName } from "./certificate.ts";

const [scheme = "", upstreamPort = "", certFile = ""] = process.argv.slice(2);
const kept = { keepAlive: true, maxFreeSockets: 64 };
const agent =
  scheme === "https"
    ? new Agent({ ...kept, ca: readFileSync(certFile), servername: upstreamName })
    : new PlainAgent(kept);
const proxy = httpProxy.createProxyServer({
  target: { protocol: `${scheme}:`, host: "127.0.0.1", port: Number(upstreamPort) },
  agent,
  headers: { host: upstreamName, "x-api-key": "real" },
});
proxy.on("error", (error) => console.error(error.message));
const server = createServer((request, response) => proxy.web(request, response));
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
