// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { resolve } from "node:path";
import { listen, portOf } from "../../broker/listen.ts";

// Twice as many as V8 needs to compile what runs for each of them.
const REQUESTS = 2_000;
const ANSWER = "x".repeat(950);

let upstream: Server;
let broker: ChildProcess;
let client: Socket;
let output: string;

beforeEach(async () => {
  upstream = createServer((_request, response) => response.end(ANSWER));
  await listen(upstream, "127.0.0.1", 0);
  await startBroker(portOf(upstream));
});
afterEach(async () => {
  client.destroy();
  const ended = once(broker, "exit");
  broker.kill();
  await ended;
  upstream.closeAllConnections();
  await new Promise((done) => upstream.close(done));
});

/** The broker of the bench in a process of its own, which tells of each collection of young objects. */
async function startBroker(upstreamPort: number): Promise<void> {
  const root = resolve(import.meta.dirname, "../..");
  const program = [resolve(root, "bench/broker/ourBroker.ts"), "http", String(upstreamPort), resolve(root, "LICENSE")];
  const options = ["--max-semi-space-size=2", "--trace-gc-nvp"];
  broker = spawn(process.execPath, [...options, ...program], { stdio: ["ignore", "pipe", "inherit"] });
  output = "";
  broker.stdout?.setEncoding("utf8").on("data", (text: string) => (output += text));
  while (!/^\d+$/m.test(output)) await once(broker.stdout as NodeJS.EventEmitter, "data");
  client = connect(Number(/^\d+$/m.exec(output)?.[0]), "127.0.0.1");
  await once(client, "connect");
}

async function ask(count: number): Promise<void> {
  const head = `GET /bench/v1/models HTTP/1.1\r\nhost: 127.0.0.1:${client.remotePort}\r\nx-api-key: agt_bench\r\n\r\n`;
  for (let index = 0; index < count; index += 1) {
    client.write(head);
    let answer = "";
    while (!answer.endsWith(ANSWER)) answer += String((await once(client, "data"))[0]);
  }
}

/** Bytes that outlived two collections. */
function promoted(): number {
  const collections = output.split("\n").filter((line) => line.includes(" gc=s "));
  expect(collections.length).toBeGreaterThan(5);
  return collections.reduce((sum, line) => sum + Number(/ promoted=(\d+)/.exec(line)?.[1]), 0);
}

describe("requests that come one after another", () => {
  it("leave nothing behind that the collector of young objects cannot take", async () => {
    await ask(REQUESTS / 2);
    output = "";
    await ask(REQUESTS / 2);
    // Where something of each request stays, it is some 3,000 bytes for each.
    expect(promoted() / (REQUESTS / 2)).toBeLessThan(500);
  });
});
