// SPDX-License-Identifier: Apache-2.0
// Requests that a client sends without waiting for answers: those behind the first have no connection of their own to close.
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import type { ExchangeEnd } from "../../broker/exchange.ts";
import type { KeyLoan } from "../../broker/keySource.ts";
import { anthropic } from "../../broker/providers/anthropic.ts";
import { createUpstreamAgent } from "../../broker/upstreamAgent.ts";
import { listen, portOf } from "../../broker/listen.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { startFakeUpstream, type FakeUpstream } from "../support/fakeUpstream.ts";
import { startExchange, type Exchanging } from "../support/startExchange.ts";

const REQUEST = "POST /v1/messages HTTP/1.1\r\nHost: broker\r\nContent-Length: 2\r\n\r\n{}";
const COUNT = 3;

let upstream: FakeUpstream;
let server: Server;
let agent: ReturnType<typeof createUpstreamAgent>;
let client: Socket;
let exchanges: Exchanging[];
let atProvider: ServerResponse[];
let released: boolean[];

beforeEach(async () => {
  [exchanges, atProvider, released] = [[], [], []];
  upstream = await startFakeUpstream();
  agent = createUpstreamAgent({ allows: () => true, ca: [upstream.ca] });
  const endpoint = { method: "POST", path: "/v1/messages" } as const;
  const provider = { ...anthropic, origin: upstream.origin };
  server = createServer((request, response) => {
    const admitted = { provider, endpoint, path: endpoint.path };
    exchanges.push(startExchange({ agent, client: request, response, admitted, loan: createLoan() }));
  });
  await listen(server, "127.0.0.1", 0);
  client = connect(portOf(server), "127.0.0.1").on("error", () => undefined);
  const arrived = new Promise<void>((resolve) =>
    upstream.answer((_request, response) => {
      atProvider.push(response);
      response.writeHead(200).write("data: 1\n\n");
      if (atProvider.length === COUNT) resolve();
    }),
  );
  client.write(REQUEST.repeat(COUNT));
  await arrived;
});
afterEach(async () => {
  client.destroy();
  agent.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await upstream.close();
});

function createLoan(): KeyLoan {
  const secret = Sensitive.from("sk-real-key");
  const release = (): void => {
    secret.wipe();
    released.push(secret.everyByte((byte) => byte === 0));
  };
  return { version: 1, secret, countsTokens: false, release };
}

async function ends(): Promise<readonly ExchangeEnd["code"][]> {
  return (await Promise.all(exchanges.map(({ ended }) => ended))).map(({ code }) => code);
}

describe("pipelined requests", () => {
  it("all end, at the provider too, when their client leaves, and each gives its loan back once", async () => {
    const closed = Promise.all(atProvider.map((response) => once(response, "close")));
    client.destroy();

    expect(await ends()).toEqual(["client-left", "client-left", "client-left"]);
    await closed;
    expect(released).toEqual([true, true, true]);
  });

  it("end with the whole connection when the key of one of them is revoked", async () => {
    const reset = new Promise((resolve) => client.once("error", resolve));
    exchanges[1]?.abort();

    expect(await ends()).toEqual(["client-left", "key-revoked", "client-left"]);
    expect(await reset).toMatchObject({ code: "ECONNRESET" });
    expect(released).toEqual([true, true, true]);
  });

  it("end with the whole connection when the provider breaks one of them off", async () => {
    const reset = new Promise((resolve) => client.once("error", resolve));
    atProvider[1]?.socket?.destroy();

    expect([...(await ends())].sort()).toEqual(["client-left", "client-left", "upstream-cut"]);
    expect(await reset).toMatchObject({ code: "ECONNRESET" });
    expect(released).toEqual([true, true, true]);
  });
});
