// SPDX-License-Identifier: Apache-2.0
// Frames that no honest HTTP/2 server sends, written by hand on a real TLS connection.
import { once } from "node:events";
import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { startTestBroker, TOKEN, type TestBroker } from "../support/testBroker.ts";
import { createTestCertificate } from "../support/testCertificate.ts";

const [DATA, HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY] = [0, 1, 3, 4, 5, 6, 7];
const [END_STREAM, END_HEADERS] = [1, 4];
const OK = Buffer.from([0x88]); // `:status: 200` in the static table

let server: Server;
let broker: TestBroker;
let answer: (socket: TLSSocket) => void;
let heard: Buffer[];

beforeEach(async () => {
  heard = [];
  const certificate = createTestCertificate();
  server = createServer({ ...certificate, ALPNProtocols: ["h2"] }, (socket) => {
    socket.on("error", () => undefined);
    const received: Buffer[] = [];
    heard = received;
    let isAsked = false;
    socket.write(frame(SETTINGS, 0, 0));
    socket.on("data", (data: Buffer) => {
      received.push(data);
      // Both in one: the head of the first request stands behind the preface and the settings.
      if (isAsked || !hasHeaders(Buffer.concat(received))) return;
      isAsked = true;
      answer(socket);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  broker = await startTestBroker({ origin, ca: certificate.cert }, { upstream: { mostAlone: 0 } });
});
afterEach(async () => {
  await broker.close();
  await new Promise((resolve) => server.close(resolve));
});

function frame(type: number | undefined, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type ?? 0;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A header without the compression of HPACK. */
function literal(name: string, value: string): Buffer {
  const [key, text] = [Buffer.from(name), Buffer.from(value, "latin1")];
  return Buffer.concat([Buffer.from([0, key.length]), key, Buffer.from([text.length]), text]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const PREFACE_LENGTH = 24;

function hasHeaders(received: Buffer): boolean {
  return frames(received).some(({ type }) => type === HEADERS);
}

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
}

function frames(received: Buffer): Frame[] {
  const found: Frame[] = [];
  for (let at = PREFACE_LENGTH; at + 9 <= received.length; at += 9 + received.readUIntBE(at, 3)) {
    found.push({ type: received[at + 3] ?? 0, flags: received[at + 4] ?? 0, stream: received.readUInt32BE(at + 5) });
  }
  return found;
}

const head = (flags: number, ...headers: readonly Buffer[]): Buffer =>
  frame(HEADERS, END_HEADERS | flags, 1, Buffer.concat([OK, ...headers]));

describe("a provider that ends a stream without an error code and without an end", () => {
  it("has cut it, and the client is reset", async () => {
    answer = (socket) =>
      socket.write(
        Buffer.concat([head(0), frame(DATA, 0, 1, Buffer.from("half")), frame(RST_STREAM, 0, 1, number(0))]),
      );

    await expect(broker.ask()).rejects.toMatchObject({ code: "ECONNRESET" });
    await broker.logged(1);
    expect(broker.usage[0]).toMatchObject({ code: "upstream-cut" });
  });

  it("has answered when the end came before", async () => {
    answer = (socket) =>
      socket.write(
        Buffer.concat([head(0), frame(DATA, END_STREAM, 1, Buffer.from("all")), frame(RST_STREAM, 0, 1, number(0))]),
      );

    expect((await broker.ask()).body.toString()).toBe("all");
  });
});

describe("an answer that is not strictly HTTP/2", () => {
  it.each([
    ["has a header of the connection", [head(END_STREAM, literal("connection", "keep-alive"))]],
    ["has a coding for its transfer", [head(END_STREAM, literal("transfer-encoding", "chunked"))]],
    ["has a name with capitals", [head(END_STREAM, literal("X-Odd", "1"))]],
    ["has a pseudo-header that none may have", [head(END_STREAM, literal(":path", "/"))]],
    ["has a pseudo-header behind the others", [head(END_STREAM, literal("x-odd", "1"), literal(":status", "200"))]],
    ["has two lengths", [head(END_STREAM, literal("content-length", "0"), literal("content-length", "0"))]],
    ["has another length than it says", [head(0, literal("content-length", "9")), frame(DATA, END_STREAM, 1, OK)]],
    ["has no status", [frame(HEADERS, END_HEADERS | END_STREAM, 1, literal("x-odd", "1"))]],
    ["switches protocols", [frame(HEADERS, END_HEADERS, 1, literal(":status", "101"))]],
    ["has a body before its head", [frame(DATA, END_STREAM, 1, OK)]],
    ["is no HTTP/2", [Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")]],
    ["belongs to a stream that nobody opened", [frame(HEADERS, END_HEADERS | END_STREAM, 7, OK)]],
    ["pushes what nobody asked for", [frame(PUSH_PROMISE, END_HEADERS, 1, Buffer.concat([number(2), OK]))]],
    ["is reset at once", [frame(RST_STREAM, 0, 1, number(0))]],
    [
      "is one interim answer after another",
      Array.from({ length: 40 }, () => frame(HEADERS, END_HEADERS, 1, literal(":status", "103"))),
    ],
  ])("is given up, a 502 without anything of it, when it %s", async (_what, sent) => {
    answer = (socket) => {
      socket.write(Buffer.concat(sent));
      // What is only half an answer so far stays half.
      socket.end();
    };
    const given = await broker.ask().then(
      ({ status, headers }) => `${status} ${headers["x-claws-broker-error"]?.toString() ?? "-"}`,
      (error: unknown) => (error as NodeJS.ErrnoException).code,
    );

    expect(["502 upstream-unreachable", "ECONNRESET"]).toContain(given);
    expect(broker.usage.map(({ code }) => code)).not.toContain("ok");
  });
});

describe("a header that is malformed in its value", () => {
  it("does not reach the client", async () => {
    answer = (socket) =>
      socket.write(head(END_STREAM, literal("x-odd", "1\r\nset-cookie: a=b"), literal("x-kept", "1")));
    const { status, headers } = await broker.ask();

    expect([status, headers["x-kept"], headers["x-odd"], headers["set-cookie"]]).toEqual([
      200,
      "1",
      undefined,
      undefined,
    ]);
  });
});

describe("a client that leaves in the middle of its request", () => {
  it("leaves a stream that is reset and was never ended", async () => {
    const question = request({
      ...{ host: "127.0.0.1", port: broker.port, method: "POST", path: "/anthropic/v1/messages" },
      headers: { "x-api-key": TOKEN, "transfer-encoding": "chunked" },
    });
    const reset = new Promise<void>((resolve) => {
      answer = (socket) => {
        question.destroy();
        socket.on("data", () => {
          if (frames(Buffer.concat(heard)).some(({ type }) => type === RST_STREAM)) resolve();
        });
      };
    });
    question.on("error", () => undefined).write("half");
    await reset;
    const ofStream = frames(Buffer.concat(heard)).filter(({ stream }) => stream === 1);

    expect(ofStream.at(-1)).toMatchObject({ type: RST_STREAM });
    expect(ofStream.filter(({ type, flags }) => type !== RST_STREAM && (flags & 1) === 1)).toEqual([]);
  });
});

describe("a provider that says that it goes away", () => {
  it("still ends the streams that it has taken, and gets the next request on another connection", async () => {
    const connections = new Set<TLSSocket>();
    server.on("secureConnection", (socket: TLSSocket) => connections.add(socket));
    answer = (socket) =>
      socket.write(
        Buffer.concat([
          frame(GOAWAY, 0, 0, Buffer.concat([number(1), number(0)])),
          head(0),
          frame(DATA, END_STREAM, 1, Buffer.from("last")),
        ]),
      );
    const first = await broker.ask();
    const second = await broker.ask();

    expect([first.body.toString(), second.body.toString(), connections.size]).toEqual(["last", "last", 2]);
  });

  it("gives a 502 to a request that it did not take", async () => {
    answer = (socket) => socket.write(frame(GOAWAY, 0, 0, Buffer.concat([number(0), number(0)])));
    const { status, headers } = await broker.ask();

    expect([status, headers["x-claws-broker-error"]]).toEqual([502, "upstream-unreachable"]);
  });
});

describe("a flood of frames that want an answer", () => {
  it("ends the connection or is answered in bounds, and the broker lives", async () => {
    answer = (socket) => {
      for (let count = 0; count < 20_000; count += 1) socket.write(frame(PING, 0, 0, Buffer.alloc(8)));
      socket.end(Buffer.concat([head(0), frame(DATA, END_STREAM, 1, Buffer.from("after"))]));
    };
    const flooded = await broker.ask().then(
      ({ status }) => status,
      (error: unknown) => (error as NodeJS.ErrnoException).code,
    );
    answer = (socket) => socket.write(Buffer.concat([head(0), frame(DATA, END_STREAM, 1, Buffer.from("next"))]));

    expect([200, 502, "ECONNRESET"]).toContain(flooded);
    expect((await broker.ask()).body.toString()).toBe("next");
  });
});
