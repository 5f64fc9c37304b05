// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { callApi, NoReply, type ApiReply, type ApiRequest } from "../../cli/apiClient.ts";
import { portAnswers } from "../../cli/portProbe.ts";

let server: Server;
let received = "";
let sockets: Socket[] = [];

async function serve(answer: (socket: Socket) => void): Promise<URL> {
  received = "";
  sockets = [];
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => (received += chunk.toString("latin1")));
    socket.once("data", () => answer(socket));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/path?x=1`);
}

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

async function call(url: URL, more: Partial<ApiRequest> = {}): Promise<ApiReply> {
  return await callApi({ method: "GET", url, connectTimeout: 30_000, totalTimeout: 30_000, ...more });
}

async function causeOf(work: Promise<unknown>): Promise<{ cause: string; sent: boolean }> {
  const error = await work.catch((thrown: unknown) => thrown);
  if (!(error instanceof NoReply)) throw new Error("expected no reply", { cause: error });
  return { cause: error.message, sent: error.sent };
}

const reply = (text: string) => (socket: Socket) => socket.end(text);

describe("one request", () => {
  it("sends method, path, headers and body, and gives back status and body", async () => {
    const url = await serve(reply("HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\nok"));
    const { status, body } = await call(url, { method: "POST", headers: { "x-one": "1" }, body: Buffer.from("body") });
    expect({ status, body: body.toString() }).toEqual({ status: 201, body: "ok" });
    expect(received).toMatch(/^POST \/path\?x=1 HTTP\/1\.1\r\n/);
    expect(received.toLowerCase()).toContain("x-one: 1\r\n");
    expect(received.toLowerCase()).toContain("content-length: 4\r\n");
    expect(received).toMatch(/\r\n\r\nbody$/);
    expect(received.toLowerCase()).toContain("connection: close\r\n");
  });

  it("follows no redirect: credentials go nowhere else", async () => {
    const url = await serve(reply("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"));
    expect((await call(url, { headers: { authorization: "Bearer x" } })).status).toBe(302);
    expect(sockets).toHaveLength(1);
  });

  it("gives up on an answer that is too long, in one piece or in chunks", async () => {
    const long = "x".repeat(101);
    const whole = await serve(reply(`HTTP/1.1 200 OK\r\ncontent-length: 101\r\n\r\n${long}`));
    expect(await causeOf(call(whole, { limit: 100 }))).toMatchObject({ cause: "the answer is longer than 100 bytes" });
    server.close();
    const chunked = await serve(
      reply(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n65\r\n${long}\r\n0\r\n\r\n`),
    );
    expect(await causeOf(call(chunked, { limit: 100 }))).toMatchObject({
      cause: "the answer is longer than 100 bytes",
    });
  });

  it.each([
    ["in its body", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"],
    ["in its headers", "HTTP/1.1 200 OK\r\ncontent-le"],
    ["before it began", ""],
  ])("gives up on an answer that is cut off %s, and the other side may have acted", async (_, text) => {
    const url = await serve(reply(text));
    const { cause, sent } = await causeOf(call(url));
    expect(cause).toMatch(/^the (?:answer|connection) was cut/);
    expect(sent).toBe(true);
  });

  it("gives up on silence within its time, and the other side may have acted", async () => {
    const url = await serve(() => undefined);
    expect(await causeOf(call(url, { totalTimeout: 50 }))).toEqual({
      cause: "no whole answer within 0.05 s",
      sent: true,
    });
  });

  it("that meets nobody cannot have been acted on", async () => {
    const url = await serve(() => undefined);
    server.close();
    await once(server, "close");
    expect(await causeOf(call(url))).toEqual({ cause: "connection refused", sent: false });
    expect(await causeOf(call(url, { socketPath: "/nonexistent/socket" }))).toEqual({
      cause: "the socket does not exist",
      sent: false,
    });
  });
});

describe("a port", () => {
  it("answers when it is open, and when a reset says that it is closed", async () => {
    const { port } = await serve(() => undefined);
    expect(await portAnswers("127.0.0.1", Number(port))).toBe(true);
    server.close();
    for (const socket of sockets) socket.destroy();
    expect(await portAnswers("127.0.0.1", 1)).toBe(true);
  });

  it("that cannot be reached does not answer", async () => {
    await serve(() => undefined);
    expect(await portAnswers("not-an-address.invalid.", 80, 200)).toBe(false);
  });
});
