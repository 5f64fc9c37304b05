// SPDX-License-Identifier: Apache-2.0
// Which connections to a provider are made, kept and used again.
import { once } from "node:events";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import type { AddressInfo, Socket } from "node:net";
import { createUpstreamAgent } from "../../broker/upstreamAgent.ts";
import type { UpstreamHead } from "../../broker/upstreamChannel.ts";
import { UpstreamConnection } from "../../broker/upstreamConnection.ts";
import { createTlsDial, type Dial } from "../../broker/upstreamDial.ts";
import { startFakeUpstream, type FakeUpstream } from "../support/fakeUpstream.ts";
import { startTestBroker, type TestBroker } from "../support/testBroker.ts";
import { createTestCertificate } from "../support/testCertificate.ts";

const noop = (): void => undefined;
const GET: UpstreamHead = { method: "GET", path: "/", headers: ["host", "a"], framing: "none" };
let upstream: FakeUpstream;
let broker: TestBroker;

beforeEach(async () => {
  upstream = await startFakeUpstream();
  broker = await startTestBroker(upstream);
});
afterEach(async () => {
  await broker.close();
  await upstream.close();
});

function connect(agent: ReturnType<typeof createUpstreamAgent>): Promise<UpstreamConnection> {
  return new Promise((resolve, reject) =>
    agent.connect(upstream.origin, (error, connection) =>
      connection instanceof UpstreamConnection ? resolve(connection) : reject(error ?? new Error("neither")),
    ),
  );
}

describe("a connection to a provider", () => {
  it("serves one request after another", async () => {
    for (let count = 0; count < 5; count += 1) expect((await broker.ask()).status).toBe(200);

    expect(upstream.connections()).toBe(1);
  });

  it("serves one request at a time", async () => {
    const waiting: (() => void)[] = [];
    const both = new Promise<void>((resolve) =>
      upstream.answer((_request, response) => {
        waiting.push(() => response.end("late"));
        if (waiting.length === 2) resolve();
      }),
    );
    const answers = [broker.ask(), broker.ask()];
    await both;
    for (const answer of waiting) answer();

    expect((await Promise.all(answers)).map(({ body }) => body.toString())).toEqual(["late", "late"]);
    expect(upstream.connections()).toBe(2);
  });

  it("is not used again after the provider's early answer to a request that was still being sent", async () => {
    upstream.answer((_request, response) => response.writeHead(413).end("too much"));
    const early = await broker.ask({ body: Buffer.alloc(5_000_000) }).catch((error: unknown) => error);
    upstream.answer((request, response) => request.once("end", () => response.end("fine")).resume());

    expect(early).toBeDefined();
    expect((await broker.ask()).body.toString()).toBe("fine");
  });

  it("resumes the TLS session of the one before it", async () => {
    const reused: boolean[] = [];
    upstream.answer((_request, response) => {
      reused.push((response.socket as TLSSocket).isSessionReused());
      response.writeHead(200, { connection: "close" }).end("ok");
    });
    await broker.ask();
    await broker.ask();

    expect(reused).toEqual([false, true]);
  });

  it("passes on nothing of interim answers but the one that follows", async () => {
    upstream.answer((_request, response) => {
      response.writeEarlyHints({ link: "</a>; rel=preload" });
      response.writeProcessing();
      response.end("real");
    });
    const answer = await broker.ask();

    expect([answer.status, answer.body.toString()]).toEqual([200, "real"]);
  });

  it.each([
    ["is no HTTP", "SSH-2.0-provider\r\n\r\n"],
    ["has two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"],
    [
      "has both a length and chunks",
      "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["has a header with a bare line feed", "HTTP/1.1 200 OK\r\na: b\nset-cookie: c=d\r\ncontent-length: 0\r\n\r\n"],
    ["switches protocols", "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n"],
  ])("gives 502 and nothing of the answer when it %s", async (_name, text) => {
    const certificate = createTestCertificate();
    const server = createTlsServer(certificate, (socket) => {
      socket.on("error", () => undefined).once("data", () => socket.end(text));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
    const odd = await startTestBroker({ origin, ca: certificate.cert });
    const answer = await odd.ask();
    await odd.close();
    await new Promise((resolve) => server.close(resolve));

    expect([answer.status, answer.headers["x-claws-broker-error"]]).toEqual([502, "upstream-unreachable"]);
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });
});

describe("a kept connection that was closed a moment ago", () => {
  it("is not given to a request", async () => {
    const inner = createTlsDial({ allows: () => true, certificates: () => [upstream.ca] });
    const dialled: Socket[] = [];
    const agent = createUpstreamAgent({
      dial: (address, done) =>
        inner(address, (error, socket) => {
          if (socket !== undefined) dialled.push(socket);
          done(error, socket);
        }),
    });
    const kept = await connect(agent);
    const ended = new Promise((resolve) => {
      const listener = { head: noop, body: noop, caughtUp: noop, drained: noop, end: resolve, failed: resolve };
      kept.send(GET, listener);
      kept.finish();
    });
    await ended;
    await new Promise((resolve) => setImmediate(resolve));
    dialled[0]?.destroy();
    const next = await connect(agent);

    expect(next).not.toBe(kept);
    expect(next.isOpen).toBe(true);
    agent.destroy();
  });
});

describe("warming", () => {
  it("opens one connection ahead and no second one beside it, and the first request takes it", async () => {
    const inner = createTlsDial({ allows: () => true, certificates: () => [upstream.ca] });
    let connected = (): void => undefined;
    const dial: Dial = (address, done) =>
      inner(address, (error, socket) => {
        done(error, socket);
        connected();
      });
    const agent = createUpstreamAgent({ dial });
    const warmed = new Promise<void>((resolve) => (connected = resolve));
    agent.warm(upstream.origin);
    await warmed;
    agent.warm(upstream.origin);
    const taken: unknown[] = [];
    agent.connect(upstream.origin, (_error, connection) => taken.push(connection));

    expect(taken).toEqual([expect.anything()]);
    expect(upstream.connections()).toBe(1);
    agent.destroy();
  });

  it("is quiet about a provider that cannot be reached, and dials no denied address", async () => {
    const agent = createUpstreamAgent({ ca: [upstream.ca] });
    agent.warm(upstream.origin);
    await expect(connect(agent)).rejects.toMatchObject({ code: "ERR_CLAWS_ADDRESS_DENIED" });
    agent.destroy();

    expect(upstream.connections()).toBe(0);
  });
});

describe("the end of the agent", () => {
  it("closes connections that wait, that are used and that are being made", async () => {
    const agent = createUpstreamAgent({ allows: () => true, ca: [upstream.ca] });
    const used = await connect(agent);
    const failed = new Promise((resolve) => {
      used.send(GET, {
        head: () => undefined,
        body: () => undefined,
        end: () => undefined,
        caughtUp: () => undefined,
        drained: () => undefined,
        failed: resolve,
      });
    });
    upstream.answer(() => undefined);
    const making = connect(agent);
    agent.destroy();

    await expect(making).rejects.toThrow();
    expect(await failed).toMatchObject({ code: "ERR_CLAWS_ANSWER" });
  });
});
