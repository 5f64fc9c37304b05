// SPDX-License-Identifier: Apache-2.0
// The broker as clawsd runs it, with one provider: `node ourBroker.ts SCHEME UPSTREAM_PORT CERT_FILE`. Prints its port.
import { readFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";

import { createBroker } from "../../broker/broker.ts";
import { identifyWorkload } from "../../broker/identifyWorkload.ts";
import type { KeySource } from "../../broker/keySource.ts";
import type { Provider } from "../../broker/provider.ts";
import { createUpstreamAgent } from "../../broker/upstreamAgent.ts";
import { type Dial, whenConnected } from "../../broker/upstreamDial.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { upstreamName } from "./certificate.ts";

const [scheme = "", upstreamPort = "", certFile = ""] = process.argv.slice(2);
const dialPlain: Dial = ({ port }, done) => {
  const socket = connect(port, "127.0.0.1");
  whenConnected(socket, "connect", done);
  return socket;
};
const agent = createUpstreamAgent({
  ...(scheme === "http" ? { dial: dialPlain } : {}),
  ca: [readFileSync(certFile, "utf8")],
  // The only upstream of the bench is on loopback, which the daemon's own policy refuses.
  allows: () => true,
  resolve: (_host, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]),
});
const bench: Provider = {
  id: "bench",
  origin: `${scheme}://${upstreamName}:${upstreamPort}`,
  authSlots: ["x-api-key"],
  auth: { header: "x-api-key", prefix: "" },
  endpoints: [{ method: "GET", path: "/v1/models" }],
  usage: "none",
  clients: [],
};
const keys: KeySource = {
  lend: () => {
    const secret = Sensitive.from("real");
    return { version: 1, secret, countsTokens: false, release: () => secret.wipe() };
  },
};
const server = createBroker({
  identify: identifyWorkload({ token: Sensitive.from("agt_bench") }, { name: "bench", providers: [bench], keys }),
  agent,
  log: () => undefined,
  monotonic: () => performance.now(),
  now: () => new Date(),
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
