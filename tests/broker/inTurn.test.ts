// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import type { Server, ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { MOST_WAITING } from "../../broker/inTurn.ts";
import { createLimitedServer } from "../../broker/limitedServer.ts";
import { listen, portOf } from "../../broker/listen.ts";
import { statusesIn } from "../support/rawHttp.ts";

const LIMITS = {
  headBytes: 1024,
  headMilliseconds: 10_000,
  requestMilliseconds: 10_000,
  idleMilliseconds: 10_000,
  connections: 8,
};

let server: Server;
let client: Socket;
let begun: { readonly url: string; readonly response: ServerResponse }[];
let text: string;

beforeEach(async () => {
  begun = [];
  text = "";
  server = createLimitedServer(LIMITS, ({ url = "" }, response) => begun.push({ url, response }));
  await listen(server, "127.0.0.1", 0);
  client = connect(portOf(server), "127.0.0.1");
  client.on("error", () => undefined).on("data", (data) => (text += data.toString()));
  await once(client, "connect");
});
afterEach(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function send(count: number): void {
  const requests = Array.from({ length: count }, (_, index) => `GET /${index} HTTP/1.1\r\nHost: a\r\n\r\n`);
  client.write(requests.join(""));
}

/** Node tells of a request before the server may begin it. */
function told(count: number): Promise<void> {
  let seen = 0;
  return new Promise((resolve) => server.on("request", () => (seen += 1) === count && resolve()));
}

describe("requests that come together on one connection", () => {
  it("are begun one after another, each when the one before is over", async () => {
    const all = told(3);
    send(3);
    await all;
    const counts = [begun.length];
    for (let index = 0; index < 3; index += 1) {
      const ended = new Promise((resolve) => begun[index]?.response.once("close", resolve));
      begun[index]?.response.end(`answer ${index}`);
      await ended;
      counts.push(begun.length);
    }
    client.end();
    await once(client, "close");

    expect(counts).toEqual([1, 2, 3, 3]);
    expect(begun.map(({ url }) => url)).toEqual(["/0", "/1", "/2"]);
    expect(text.match(/answer \d/g)).toEqual(["answer 0", "answer 1", "answer 2"]);
  });

  it("reset the connection when too many wait, and none of those that wait is begun", async () => {
    const closed = once(server, "connection").then(([socket]) => once(socket as Socket, "close"));
    client.destroy();
    client = connect(portOf(server), "127.0.0.1").on("error", () => undefined);
    send(MOST_WAITING + 2);
    await closed;

    expect(begun.map(({ url }) => url)).toEqual(["/0"]);
  });

  it("that wait are never begun when their client leaves", async () => {
    const all = told(4);
    send(4);
    await all;
    const closed = new Promise((resolve) => begun[0]?.response.once("close", resolve));
    client.destroy();
    await closed;

    expect(begun.map(({ url }) => url)).toEqual(["/0"]);
  });

  it("do not count any more once they were answered", async () => {
    const rounds = 3;
    for (let round = 0; round < rounds; round += 1) {
      const all = told(MOST_WAITING + 1);
      send(MOST_WAITING + 1);
      await all;
      for (let index = 0; index <= MOST_WAITING; index += 1) {
        const { response } = begun[round * (MOST_WAITING + 1) + index] ?? {};
        const ended = new Promise((resolve) => response?.once("close", resolve));
        response?.end();
        await ended;
      }
    }

    expect(begun).toHaveLength(rounds * (MOST_WAITING + 1));
  });
});

describe("a fault on a connection", () => {
  const GOOD = "POST /0 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";
  const statuses = (): readonly number[] => statusesIn(text);

  /** Resolves once the server has seen a fault, and its own listener with it. */
  function faulted(): Promise<unknown> {
    return once(server, "clientError");
  }

  it("is answered behind the good request before it, which is carried out", async () => {
    const seen = faulted();
    client.write(`${GOOD}{}\r\n\r\n`);
    await seen;
    expect([begun.map(({ url }) => url), text]).toEqual([["/0"], ""]);
    begun[0]?.response.end("answer 0");
    await once(client, "close");

    expect([statuses(), text.match(/answer \d/g)]).toEqual([[200, 400], ["answer 0"]]);
  });

  it("is answered behind every good request before it, also those that wait", async () => {
    const seen = faulted();
    client.write(`${GOOD}${GOOD.replace("/0", "/1")}GET /2 HTTP/9\r\n\r\n`);
    await seen;
    const first = new Promise((resolve) => begun[0]?.response.once("close", resolve));
    begun[0]?.response.end("answer 0");
    await first;
    begun[1]?.response.end("answer 1");
    await once(client, "close");

    expect([statuses(), text.match(/answer \d/g)]).toEqual([
      [200, 200, 400],
      ["answer 0", "answer 1"],
    ]);
  });

  it("never puts a word into an answer that is on its way", async () => {
    const seen = faulted();
    client.write(GOOD);
    await once(server, "request");
    begun[0]?.response.writeHead(200, { "content-length": "100" }).write("half of it");
    client.write("NONSENSE\r\n\r\n");
    await seen;
    client.write("MORE OF IT\r\n\r\n");
    begun[0]?.response.end("-".repeat(90));
    await once(client, "close");

    expect(text).toMatch(/\r\n\r\nhalf of it-{90}HTTP\/1\.1 400 Bad Request\r\n/);
    expect(statuses()).toEqual([200, 400]);
  });

  it("in a body is the answer to its own request", async () => {
    client.write("POST /0 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    await once(client, "close");

    expect(statuses()).toEqual([400]);
  });

  it("in a body whose request was answered at once ends the connection without another answer", async () => {
    server.once("request", (_request, response: ServerResponse) => response.end("refused"));
    client.write("POST /0 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    await once(client, "close");

    expect([statuses(), text.endsWith("refused")]).toEqual([[200], true]);
  });

  it("in a body whose answer has begun resets the connection, so that half an answer never looks whole", async () => {
    const closed = once(server, "connection").then(([socket]) => once(socket as Socket, "close"));
    client.destroy();
    client = connect(portOf(server), "127.0.0.1").on("error", () => undefined);
    client.on("data", (data) => (text += data.toString()));
    client.write("POST /0 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    await once(server, "request");
    begun[0]?.response.writeHead(200, { "content-length": "66" }).flushHeaders();
    client.write("zz\r\n");
    await closed;

    expect(text).not.toContain("400");
    expect(begun[0]?.response.writableFinished).toBe(false);
  });
});
