// SPDX-License-Identifier: Apache-2.0
// What an exchange promises, through the whole broker, in each tier and however the provider is spoken to.
import { EventEmitter } from "node:events";
import { request, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { startFakeUpstream, type FakeUpstream } from "../support/fakeUpstream.ts";
import { pour, stalled } from "../support/pour.ts";
import { TRANSPORTS } from "../support/transports.ts";
import { sendRaw } from "../support/rawHttp.ts";
import { startTestBroker, TIERS, TOKEN, type TestBroker } from "../support/testBroker.ts";

let upstream: FakeUpstream;
let broker: TestBroker;

/** Resolves with the provider's side of the next request. */
function nextExchange(): Promise<{ response: ServerResponse }> {
  return new Promise((resolve) => upstream.answer((_request, response) => resolve({ response })));
}

function once(emitter: EventEmitter, event: string): Promise<unknown> {
  return new Promise((resolve) => emitter.once(event, resolve));
}

const WAYS = TIERS.flatMap((tier) => TRANSPORTS.map((transport) => ({ tier, ...transport })));

describe.each(WAYS)(
  "in the $tier tier over $transport",
  ({ tier, transport, startUpstream, mostAlone, wasAborted }) => {
    beforeAll(async () => {
      upstream = await startUpstream();
    });
    afterAll(() => upstream.close());
    beforeEach(async () => {
      broker = await startTestBroker(upstream, { tier, upstream: { mostAlone } });
    });
    afterEach(() => broker.close());

    describe("a stream from the provider", () => {
      it("reaches the client head first and chunk by chunk, each before the next is sent", async () => {
        const arriving = nextExchange();
        const opening = broker.open();
        const { response } = await arriving;
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.flushHeaders();
        const { answer } = await opening;
        expect(answer.statusCode).toBe(200);

        for (const event of ["data: 1\n\n", "data: 2\n\n", "data: 3\n\n"]) {
          const chunk = once(answer, "data");
          response.write(event);
          expect(String(await chunk)).toBe(event);
        }
        const end = once(answer, "end");
        response.end();
        await end;
        expect(answer.complete).toBe(true);
      });

      it("is aborted at the provider as soon as the client leaves", async () => {
        const arriving = nextExchange();
        const opening = broker.open();
        const { response } = await arriving;
        response.writeHead(200);
        response.write("data: 1\n\n");
        const { answer, leave } = await opening;
        await once(answer, "data");

        const aborted = once(response, "close");
        leave();
        await aborted;
        await broker.logged(1);

        expect(wasAborted(response)).toBe(true);
        expect(broker.usage[0]).toMatchObject({ code: "client-left", status: 200, bytesOut: 9 });
        expect(broker.lent[0]?.everyByte((byte) => byte === 0)).toBe(true);
      });

      it("is aborted at the provider when the client leaves in the middle of its request", async () => {
        const arriving = nextExchange();
        const client = connect(broker.port, "127.0.0.1");
        client.write(
          `POST /anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${broker.port}\r\nx-api-key: ${TOKEN}\r\nContent-Length: 10\r\n\r\n{`,
        );
        const { response } = await arriving;
        const closed = once(response, "close");
        client.destroy();
        await closed;
        await broker.logged(1);

        expect(wasAborted(response)).toBe(true);
        expect(broker.usage[0]).toMatchObject({ code: "client-left", status: 0, bytesIn: 1 });
      });

      it.each([
        ["chunked", {}],
        ["of known length", { "content-length": "1000" }],
      ])("that is %s and breaks off resets the client in place of a clean end", async (_name, headers) => {
        upstream.answer((_request, response) => {
          response.writeHead(200, headers);
          response.write("half an answer", () => response.socket?.destroy());
        });

        await expect(broker.ask()).rejects.toMatchObject({ code: "ECONNRESET" });
        await broker.logged(1);
        expect(broker.usage[0]).toMatchObject({ code: "upstream-cut", status: 200 });
      });

      it("that breaks off resets the raw connection, which a client reading to the end can tell from an end", async () => {
        upstream.answer((_request, response) => {
          response.writeHead(200);
          response.write("half", () => response.socket?.destroy());
        });
        const { reset } = await sendRaw(
          broker.port,
          `POST /anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${broker.port}\r\nx-api-key: ${TOKEN}\r\nContent-Length: 2\r\n\r\n{}`,
        );

        expect(reset).toBe("ECONNRESET");
      });

      it("passes compressed as it is", async () => {
        const packed = gzipSync("hello ".repeat(100));
        upstream.answer((_request, response) =>
          response.writeHead(200, { "content-encoding": "gzip", "content-length": packed.length }).end(packed),
        );
        const answer = await broker.ask({ headers: { "accept-encoding": "gzip" } });

        expect(answer.body.equals(packed)).toBe(true);
        expect(answer.headers["content-encoding"]).toBe("gzip");
        expect(answer.headers["content-length"]).toBe(String(packed.length));
        expect(answer.headers["transfer-encoding"]).toBeUndefined();
      });

      it("passes trailers, less what must not pass", async () => {
        upstream.answer((_request, response) => {
          response.writeHead(200, { trailer: "x-checksum" });
          response.write("a");
          response.addTrailers({ "x-checksum": "1", "set-cookie": "a=b" });
          response.end();
        });

        expect((await broker.ask()).rawTrailers).toEqual(["x-checksum", "1"]);
      });

      it.each([
        ["204", 204, {}],
        ["304", 304, { etag: '"a"' }],
      ])("has no body at %s, and the connection stays usable", async (_name, status, headers) => {
        upstream.answer((_request, response) => response.writeHead(status, headers).end());
        const first = await broker.ask({ method: "GET", path: "/openai/v1/models", body: null });
        upstream.answer((_request, response) => response.writeHead(200).end("next"));

        expect([first.status, first.body.length, first.headers["transfer-encoding"]]).toEqual([status, 0, undefined]);
        expect((await broker.ask()).body.toString()).toBe("next");
      });

      it("has no body for HEAD, but the length that the provider names", async () => {
        upstream.answer((_request, response) => response.writeHead(200, { "content-length": "12" }).end());
        const answer = await broker.ask({ method: "HEAD", path: "/openai/v1/models", body: null });

        expect([answer.status, answer.headers["content-length"], answer.body.length]).toEqual([200, "12", 0]);
      });

      it("is not taken in faster than the client reads it", async () => {
        const chunk = Buffer.alloc(256 * 1024, 0x61);
        const total = 200;
        const pouring = new Promise<() => number>((resolve) =>
          upstream.answer((_request, response) => resolve(pour(response.writeHead(200), chunk, total))),
        );
        const { answer } = await broker.open();
        const stalledAt = await stalled(await pouring);
        let received = 0;
        for await (const part of answer) received += (part as Buffer).length;

        expect(stalledAt * chunk.length).toBeLessThan(20 * 1024 * 1024);
        expect(received).toBe(total * chunk.length);
      });
    });

    describe("a request to the provider", () => {
      it("streams up chunk by chunk where its length is unknown", async () => {
        const chunks: string[] = [];
        const heard = new EventEmitter();
        let encoding: unknown;
        const arriving = new Promise<ServerResponse>((resolve) =>
          upstream.answer((request, response) => {
            encoding = request.headers["transfer-encoding"];
            request.on("data", (chunk) => {
              chunks.push(String(chunk));
              heard.emit("chunk");
            });
            resolve(response);
          }),
        );
        const headers = { "x-api-key": TOKEN };
        const question = request({
          port: broker.port,
          host: "127.0.0.1",
          method: "POST",
          path: "/anthropic/v1/messages",
          headers,
        });
        for (const chunk of ["first", "second"]) {
          const arrived = once(heard, "chunk");
          question.write(chunk);
          await arrived;
        }
        expect(chunks).toEqual(["first", "second"]);
        expect(encoding).toBe(transport === "HTTP/1.1" ? "chunked" : undefined);

        const answered = once(question, "response") as Promise<IncomingMessage>;
        question.end();
        (await arriving).end("done");
        (await answered).resume();
      });

      it("carries binary bodies of some megabytes unchanged", async () => {
        const body = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 31) % 256));
        upstream.answer((request, response) => request.once("end", () => response.end("ok")).resume());
        await broker.ask({ body });

        expect(upstream.seen.at(-1)?.body.equals(body)).toBe(true);
      });

      it("answers Expect: 100-continue itself, once the request is known to be good", async () => {
        upstream.answer((request, response) => request.once("end", () => response.end("ok")).resume());
        const head = `POST /anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${broker.port}\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n`;
        const before = upstream.seen.length;
        const good = await sendRaw(broker.port, `${head}x-api-key: ${TOKEN}\r\n\r\n`, "{}");
        const bad = await sendRaw(broker.port, `${head}x-api-key: wrong\r\n\r\n`);

        expect(good.text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
        expect(upstream.seen[before]?.headers.expect).toBeUndefined();
        expect(bad.text).toMatch(/^HTTP\/1\.1 401 /);
      });

      it("gets the provider's early answer while it is still being sent", async () => {
        upstream.answer((_request, response) => response.writeHead(413).end("too much"));
        const answer = await broker.ask({ body: Buffer.alloc(100_000) });

        expect([answer.status, answer.body.toString()]).toEqual([413, "too much"]);
      });
    });
  },
);

describe.each(TIERS)("in the %s tier, where a provider of HTTP/1.1 names a length that says nothing", (tier) => {
  beforeEach(async () => {
    upstream = await startFakeUpstream();
    broker = await startTestBroker(upstream, { tier });
  });
  afterEach(async () => {
    await broker.close();
    await upstream.close();
  });

  it.each([
    ["on an answer without a body", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nX-Kept: 1\r\n\r\n"],
    [
      "behind the body",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Kept: 1\r\n\r\n2\r\nab\r\n0\r\nContent-Length: 5\r\n\r\n",
    ],
  ])("does not let it reach the client %s", async (_where, wire) => {
    upstream.answer(({ socket }) => socket.write(wire));
    const { headers, rawHeaders, rawTrailers } = await broker.ask();
    expect(headers["x-kept"]).toBe("1");
    expect([...rawHeaders, ...rawTrailers].map((text) => text.toLowerCase())).not.toContain("content-length");
  });
});
