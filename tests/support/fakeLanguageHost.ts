// SPDX-License-Identifier: Apache-2.0
// A language host that gives argv[2] as its version, or never answers when that is "mute".
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";

const version = Buffer.from(process.argv[2] ?? "");
const message = Buffer.concat([Buffer.from([0x0a, version.length]), version]);
const head = Buffer.alloc(5);
head.writeUInt32BE(message.length, 1);
const server = createServer();
server.on("stream", (stream, headers) => {
  if (headers[":path"] !== "/pulumirpc.LanguageRuntime/GetPluginInfo") stream.close();
  if (version.toString() === "mute") return;
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(Buffer.concat([head, message]));
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
