// SPDX-License-Identifier: Apache-2.0
// Which requests share an HTTP/2 connection, and what becomes of it.
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import type { SecureServerOptions, ServerHttp2Session } from "node:http2";
import { createUpstreamAgent } from "../../broker/upstreamAgent.ts";
import { startFakeSharedUpstream, type FakeSharedUpstream } from "../support/fakeSharedUpstream.ts";
import { startFakeUpstream } from "../support/fakeUpstream.ts";
import { startTestBroker, type TestBroker } from "../support/testBroker.ts";
import { createTestCertificate } from "../support/testCertificate.ts";

let upstream: FakeSharedUpstream;
let broker: TestBroker;

async function start(server: SecureServerOptions = {}, mostAlone = 0): Promise<void> {
  upstream = await startFakeSharedUpstream(server);
  broker = await startTestBroker(upstream, { upstream: { mostAlone } });
}

afterEach(async () => {
  await broker.close();
  await upstream.close();
});

function firstSession(): ServerHttp2Session {
  const [session] = upstream.sessions;
  if (session === undefined) throw new Error("no shared connection was made");
  return session;
}

/** Sends so many requests, waits until all are at the provider, has them answered. @returns the protocols by which they came */
async function together(count: number): Promise<readonly string[]> {
  const waiting: ServerResponse[] = [];
  const protocols: string[] = [];
  const all = new Promise<void>((resolve) =>
    upstream.answer((request, response) => {
      protocols.push(request.httpVersion);
      waiting.push(response);
      if (waiting.length === count) resolve();
    }),
  );
  const answers = Array.from({ length: count }, () => broker.ask());
  await all;
  for (const response of waiting) response.end("ok");
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array.from({ length: count }, () => 200));
  return protocols;
}

describe("requests beyond those that have a connection each", () => {
  it("share one, and those before them do not", async () => {
    await start({}, 2);
    const protocols = await together(7);

    expect(protocols.toSorted()).toEqual(["1.1", "1.1", "2.0", "2.0", "2.0", "2.0", "2.0"]);
    expect([upstream.connections(), upstream.sessions.length]).toEqual([3, 1]);
  });

  it("go to a kept connection first", async () => {
    await start({}, 1);
    await together(3);

    expect(await together(1)).toEqual(["1.1"]);
  });

  it("find the shared one still there", async () => {
    await start();
    await together(3);
    await together(3);

    expect(upstream.connections()).toBe(1);
  });

  it("are by default those behind the first 32", async () => {
    await start();
    await broker.close();
    broker = await startTestBroker(upstream);
    const protocols = await together(40);

    expect(protocols.filter((protocol) => protocol === "1.1").length).toBe(32);
    expect(upstream.sessions.length).toBe(1);
  });

  it("get another connection where the provider allows no more on one", async () => {
    await start({ settings: { maxConcurrentStreams: 2 } });
    await together(5);

    expect(upstream.sessions.length).toBe(3);
  });

  it("fail when the provider allows none, and are not dialled for ever", async () => {
    await start({ settings: { maxConcurrentStreams: 0 } });

    expect((await broker.ask()).status).toBe(502);
    expect(upstream.connections()).toBe(1);
  });

  it("have connections of their own where the provider speaks no HTTP/2", async () => {
    upstream = { ...(await startFakeUpstream()), sessions: [] };
    broker = await startTestBroker(upstream, { upstream: { mostAlone: 0 } });

    expect(await together(4)).toEqual(["1.1", "1.1", "1.1", "1.1"]);
    expect(upstream.connections()).toBe(4);
    await together(4);
    expect(upstream.connections()).toBe(4);
  });

  it("are spread over two connections when the first goes away", async () => {
    await start();
    const arrived = new Promise<ServerResponse>((resolve) =>
      upstream.answer((_request, response) => resolve(response)),
    );
    const first = broker.ask();
    const response = await arrived;
    const closing = once(firstSession(), "close");
    upstream.sessions[0]?.goaway();
    await new Promise((resolve) => upstream.sessions[0]?.ping(resolve));
    await together(2);
    response.end("late");

    expect((await first).body.toString()).toBe("late");
    expect(upstream.sessions.length).toBe(2);
    await closing;
  });
});

describe("a shared connection", () => {
  it("is made with TLS 1.2 or newer and the provider's name, and offers both protocols", async () => {
    await start();
    await together(1);
    const socket = firstSession().socket as TLSSocket;

    const { servername } = socket as unknown as { readonly servername: unknown };

    expect([socket.getProtocol(), socket.alpnProtocol, servername]).toEqual(["TLSv1.3", "h2", "localhost"]);
  });

  it("is not made with a provider whose certificate nobody vouches for", async () => {
    await start();
    await broker.close();
    const stranger = createTestCertificate();
    broker = await startTestBroker({ origin: upstream.origin, ca: stranger.cert }, { upstream: { mostAlone: 0 } });
    const { status, headers } = await broker.ask();

    expect([status, headers["x-claws-broker-error"]]).toEqual([502, "upstream-untrusted"]);
    expect(upstream.sessions).toEqual([]);
  });

  it("is not made with an address that is not public", async () => {
    await start();
    const agent = createUpstreamAgent({ ca: [upstream.ca], mostAlone: 0 });
    const failed = await new Promise((resolve) => agent.connect(upstream.origin, resolve));
    agent.destroy();

    expect(failed).toMatchObject({ code: "ERR_CLAWS_ADDRESS_DENIED" });
    expect(upstream.connections()).toBe(0);
  });

  it("is closed with the agent, and the streams on it with it", async () => {
    await start();
    upstream.answer((_request, response) => response.writeHead(200).write("x"));
    const { answer } = await broker.open();
    const closed = once(firstSession(), "close");
    const cut = once(answer, "error");
    await broker.close();

    expect((await cut)[0]).toMatchObject({ code: "ECONNRESET" });
    await closed;
  });

  it("gives up its place when the request that waited for it leaves", async () => {
    await start();
    const { promise: called, resolve: call } = Promise.withResolvers();
    const agent = createUpstreamAgent({ allows: () => true, ca: [upstream.ca], mostAlone: 0 });
    const taken: unknown[] = [];
    agent.connect(upstream.origin, () => taken.push("left"))?.();
    agent.connect(upstream.origin, call);
    await called;
    agent.destroy();

    expect(taken).toEqual([]);
  });
});
