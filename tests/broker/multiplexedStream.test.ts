// SPDX-License-Identifier: Apache-2.0
// What only an exchange on a shared HTTP/2 connection promises, through the whole broker, to a real HTTP/2 server.
import type { ServerResponse } from "node:http";
import { constants } from "node:http2";
import { startFakeSharedUpstream, type FakeSharedUpstream } from "../support/fakeSharedUpstream.ts";
import { pour, stalled } from "../support/pour.ts";
import { REAL_KEY, startTestBroker, type TestBroker } from "../support/testBroker.ts";
import { streamOf } from "../support/transports.ts";

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
});

describe("an answer on a shared connection", () => {
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

  it("shows no part of the key in an error's text", async () => {
    upstream.answer((_asked, response) => response.writeHead(401).end(`bad key ${REAL_KEY}`));
    const answer = await broker.ask();

    expect([answer.status, answer.body.toString()]).toEqual([401, "bad key [REDACTED]"]);
  });

  it("holds up no other while its client reads nothing", async () => {
    const chunk = Buffer.alloc(256 * 1024, 0x61);
    const pouring = new Promise<() => number>((resolve) =>
      upstream.answer((_asked, response) => resolve(pour(response.writeHead(200), chunk, 200))),
    );
    await broker.open();
    await stalled(await pouring);
    upstream.answer((_asked, response) => response.end("quick"));

    expect((await broker.ask()).body.toString()).toBe("quick");
    expect(upstream.connections()).toBe(1);
  });
});
