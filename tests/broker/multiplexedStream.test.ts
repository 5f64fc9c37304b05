// SPDX-License-Identifier: Apache-2.0
// What an exchange on a shared HTTP/2 connection promises, through the whole broker, to a real HTTP/2 server.
import { EventEmitter, once } from "node:events";
import { request, type IncomingMessage, type ServerResponse } from "node:http";
import { constants, type Http2ServerResponse } from "node:http2";
import { gzipSync } from "node:zlib";
import { startFakeSharedUpstream, type FakeSharedUpstream } from "../support/fakeSharedUpstream.ts";
import { REAL_KEY, startTestBroker, TOKEN, type TestBroker } from "../support/testBroker.ts";

let upstream: FakeSharedUpstream;
let broker: TestBroker;

beforeEach(async () => {
  upstream = await startFakeSharedUpstream();
  broker = await startTestBroker(upstream, { upstream: { mostAlone: 0 } });
});
afterEach(async () => {
  await broker.close();
  await upstream.close();
});

/** Resolves with the provider's side of the next request. */
function nextExchange(): Promise<{ request: IncomingMessage; response: ServerResponse }> {
  return new Promise((resolve) => upstream.answer((asked, response) => resolve({ request: asked, response })));
}

function streamOf(response: ServerResponse) {
  return (response as unknown as Http2ServerResponse).stream;
}

describe("a request on a shared connection", () => {
  it("carries what passes of the client's headers, the provider's name and the key, and nothing of the connection's", async () => {
    await broker.ask({ headers: { "x-kept": ["1", "2"], connection: "x-listed", "x-listed": "no", te: "trailers" } });
    const [seen] = upstream.seen;

    expect(seen?.headers).toMatchObject({
      ":method": "POST",
      ":path": "/v1/messages",
      ":scheme": "https",
      ":authority": new URL(upstream.origin).host,
      "x-api-key": REAL_KEY,
      "content-length": "2",
      "x-kept": "1, 2",
    });
    expect(Object.keys(seen?.headers ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(?:host|connection|te|x-listed|transfer-encoding)$/)]),
    );
    expect(String(seen?.body)).toBe("{}");
  });

  it("sends the key as what no table may hold", async () => {
    const { sensitiveHeaders } = process.getBuiltinModule("node:http2");
    await broker.ask();

    expect((upstream.seen[0]?.headers as Record<symbol, unknown>)[sensitiveHeaders]).toContain("x-api-key");
  });

  it("streams up chunk by chunk, also where its length is unknown", async () => {
    const heard = new EventEmitter();
    const chunks: string[] = [];
    upstream.answer((asked, response) => {
      asked.on("data", (chunk) => {
        chunks.push(String(chunk));
        heard.emit("chunk");
      });
      asked.once("end", () => response.end("done"));
    });
    const question = request({
      ...{ host: "127.0.0.1", port: broker.port, method: "POST", path: "/anthropic/v1/messages" },
      headers: { "x-api-key": TOKEN },
    });
    for (const chunk of ["first", "second"]) {
      const arrived = once(heard, "chunk");
      question.write(chunk);
      await arrived;
    }
    expect(chunks).toEqual(["first", "second"]);
    const answered = once(question, "response") as Promise<[IncomingMessage]>;
    question.end();
    (await answered)[0].resume();
  });

  it("carries binary bodies of some megabytes unchanged", async () => {
    const body = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 31) % 256));
    upstream.answer((asked, response) => asked.once("end", () => response.end("ok")));
    await broker.ask({ body });

    expect(upstream.seen[0]?.body.equals(body)).toBe(true);
  });

  it("is reset at the provider when the client leaves in the middle of it", async () => {
    const arriving = nextExchange();
    const question = request({
      ...{ host: "127.0.0.1", port: broker.port, method: "POST", path: "/anthropic/v1/messages" },
      headers: { "x-api-key": TOKEN, "transfer-encoding": "chunked" },
    });
    question.on("error", () => undefined).write("half");
    const { request: asked, response } = await arriving;
    await once(asked, "data");
    const closed = once(streamOf(response), "close");
    question.destroy();
    await closed;

    expect(streamOf(response).rstCode).toBe(constants.NGHTTP2_CANCEL);
  });

  it("gets the provider's early answer while it is still being sent", async () => {
    upstream.answer((_asked, response) => response.writeHead(413).end("too much"));
    const answer = await broker.ask({ body: Buffer.alloc(50_000) });

    expect([answer.status, answer.body.toString()]).toEqual([413, "too much"]);
  });
});

describe("an answer on a shared connection", () => {
  it("reaches the client head first and chunk by chunk, each before the next is sent", async () => {
    const arriving = nextExchange();
    const opening = broker.open();
    const { response } = await arriving;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    const { answer } = await opening;
    for (const event of ["data: 1\n\n", "data: 2\n\n"]) {
      const chunk = once(answer, "data");
      response.write(event);
      expect(String((await chunk)[0])).toBe(event);
    }
    const end = once(answer, "end");
    response.end();
    await end;

    expect([answer.statusCode, answer.statusMessage, answer.complete]).toEqual([200, "OK", true]);
  });

  it("is cancelled at the provider as soon as the client leaves, and the key is wiped", async () => {
    const arriving = nextExchange();
    const opening = broker.open();
    const { response } = await arriving;
    response.writeHead(200);
    response.write("data: 1\n\n");
    const { answer, leave } = await opening;
    await once(answer, "data");
    const closed = once(streamOf(response), "close");
    leave();
    await closed;
    await broker.logged(1);

    expect(streamOf(response).rstCode).toBe(constants.NGHTTP2_CANCEL);
    expect(broker.usage[0]).toMatchObject({ code: "client-left", status: 200, bytesOut: 9 });
    expect(broker.lent[0]?.everyByte((byte) => byte === 0)).toBe(true);
  });

  it.each([
    ["the provider resets the stream", (response: ServerResponse) => streamOf(response).close(2)],
    ["the provider cancels the stream", (response: ServerResponse) => streamOf(response).close(8)],
    ["the connection breaks", (response: ServerResponse) => response.socket?.destroy()],
    [
      "the provider says that the connection is at fault",
      (response: ServerResponse) => streamOf(response).session?.destroy(undefined, 2),
    ],
  ])("resets the client when %s in the middle of it", async (_what, breakOff) => {
    upstream.answer((_asked, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("half", () => breakOff(response));
    });

    await expect(broker.ask()).rejects.toMatchObject({ code: "ECONNRESET" });
    await broker.logged(1);
    expect(broker.usage[0]).toMatchObject({ code: "upstream-cut", status: 200 });
  });

  it("is a 502 when the provider refuses the stream, and nothing is tried twice", async () => {
    let count = 0;
    upstream.answer((_asked, response) => {
      count += 1;
      streamOf(response).close(constants.NGHTTP2_REFUSED_STREAM);
    });
    const answer = await broker.ask();

    expect([answer.status, answer.headers["x-claws-broker-error"], count]).toEqual([502, "upstream-unreachable", 1]);
  });

  it("passes trailers, less what must not pass, and nothing of interim answers", async () => {
    upstream.answer((_asked, response) => {
      streamOf(response).additionalHeaders({ ":status": 103, link: "</a>" });
      response.writeHead(200, { "set-cookie": "a=b", "x-kept": "1" });
      response.write("a");
      response.addTrailers({ "x-checksum": "1", "set-cookie": "a" });
      response.end();
    });
    const answer = await broker.ask();

    expect(answer.rawTrailers).toEqual(["x-checksum", "1"]);
    expect([answer.headers["x-kept"], answer.headers["set-cookie"], answer.headers.link]).toEqual([
      "1",
      undefined,
      undefined,
    ]);
    expect(answer.body.toString()).toBe("a");
  });

  it("passes compressed as it is", async () => {
    const packed = gzipSync("hello ".repeat(100));
    upstream.answer((_asked, response) =>
      response.writeHead(200, { "content-encoding": "gzip", "content-length": packed.length }).end(packed),
    );
    const answer = await broker.ask({ headers: { "accept-encoding": "gzip" } });

    expect(answer.body.equals(packed)).toBe(true);
    expect(answer.headers["content-length"]).toBe(String(packed.length));
  });

  it.each([
    ["204", 204],
    ["304", 304],
  ])("has no body at %s", async (_name, status) => {
    upstream.answer((_asked, response) => response.writeHead(status).end());
    const answer = await broker.ask({ method: "GET", path: "/openai/v1/models", body: null });

    expect([answer.status, answer.body.length, answer.headers["transfer-encoding"]]).toEqual([status, 0, undefined]);
  });

  it("has no body for HEAD, but the length that the provider names", async () => {
    upstream.answer((_asked, response) => response.writeHead(200, { "content-length": "12" }).end());
    const answer = await broker.ask({ method: "HEAD", path: "/openai/v1/models", body: null });

    expect([answer.status, answer.headers["content-length"], answer.body.length]).toEqual([200, "12", 0]);
  });

  it("shows no part of the key in an error's text", async () => {
    upstream.answer((_asked, response) => response.writeHead(401).end(`bad key ${REAL_KEY}`));
    const answer = await broker.ask();

    expect([answer.status, answer.body.toString()]).toEqual([401, "bad key [REDACTED]"]);
  });

  it("is not taken in faster than the client reads it, and holds up no other", async () => {
    const chunk = Buffer.alloc(256 * 1024, 0x61);
    const total = 200;
    let sent = 0;
    upstream.answer((_asked, response) => {
      response.writeHead(200);
      const push = (): void => {
        while (sent < total) {
          sent += 1;
          if (!response.write(chunk)) {
            response.once("drain", push);
            return;
          }
        }
        response.end();
      };
      push();
    });
    const { answer } = await broker.open();
    for (let before = -1; before !== sent;) {
      before = sent;
      for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    const stalledAt = sent;
    upstream.answer((_asked, response) => response.end("quick"));
    expect((await broker.ask()).body.toString()).toBe("quick");
    let received = 0;
    for await (const part of answer) received += (part as Buffer).length;

    expect(stalledAt * chunk.length).toBeLessThan(20 * 1024 * 1024);
    expect(received).toBe(total * chunk.length);
    expect(upstream.connections()).toBe(1);
  });
});
