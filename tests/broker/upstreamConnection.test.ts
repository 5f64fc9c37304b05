// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { ANSWER_FAULT } from "../../broker/answerHead.ts";
import type { Framing } from "../../broker/requestHeaders.ts";
import { UpstreamConnection } from "../../broker/upstreamConnection.ts";

let server: Server;
let provider: Socket;
let socket: Socket;
let events: string[];
let connection: UpstreamConnection;
let waiting: (() => void)[];

beforeEach(async () => {
  events = [];
  waiting = [];
  server = createServer({ allowHalfOpen: true });
  const accepted = once(server.listen(0, "127.0.0.1"), "connection");
  await once(server, "listening");
  socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  [provider] = (await accepted) as [Socket];
  provider.on("error", () => undefined);
  connection = new UpstreamConnection(socket, (keepAlive) => note(`free ${keepAlive ?? "-"}`));
});
afterEach(async () => {
  const closed = closing(socket);
  socket.destroy();
  provider.destroy();
  await closed;
  await new Promise((resolve) => server.close(resolve));
});

/** Resolves when the socket is closed, for whatever reason. */
function closing(one: Socket): Promise<void> {
  return new Promise((resolve) => (one.closed ? resolve() : one.once("close", () => resolve())));
}

function note(event: string): void {
  events.push(event);
  for (const look of waiting.splice(0)) look();
}

/** Resolves when so many events have been noted. */
async function noted(count: number): Promise<readonly string[]> {
  while (events.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
  return events;
}

function send({ method = "GET", framing = "none" }: { method?: string; framing?: Framing } = {}): void {
  connection.send(
    { method, path: "/", headers: [], framing },
    {
      head: ({ status }) => note(`head ${status}`),
      body: (data) => note(`body ${data.toString()}`),
      end: () => note("end"),
      caughtUp: () => note("caught up"),
      drained: () => note("drained"),
      failed: ({ code = "?" }: NodeJS.ErrnoException) => note(`failed ${code}`),
    },
  );
}

const ANSWER = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

describe("a connection to a provider", () => {
  it("is free again after a whole answer to a whole request", async () => {
    send();
    connection.finish();
    provider.write(ANSWER);

    expect(await noted(4)).toEqual(["head 200", "body ok", "end", "free -"]);
  });

  it("is free only when the request is whole too", async () => {
    send({ method: "POST", framing: { length: "4" } });
    provider.write(ANSWER);
    expect(await noted(3)).toEqual(["head 200", "body ok", "end"]);
    connection.write(Buffer.from("rest"));
    connection.finish();

    expect(await noted(4)).toEqual(["head 200", "body ok", "end", "free -"]);
  });

  it("is closed and not free when the provider says close", async () => {
    const closed = closing(socket);
    send();
    connection.finish();
    provider.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    await closed;

    expect(events).toEqual(["head 200", "end"]);
  });

  it("is closed and not free when more comes than the answer", async () => {
    const closed = closing(socket);
    send();
    connection.finish();
    provider.write(`${ANSWER}HTTP/1.1 200 OK\r\n`);
    await closed;

    expect(events).toEqual(["head 200", "body ok", "end"]);
  });

  it("is closed when the provider speaks without being asked", async () => {
    const closed = closing(socket);
    provider.write(ANSWER);
    await closed;

    expect(events).toEqual([]);
  });

  it("hands over what has come, then says so", async () => {
    send();
    connection.finish();
    provider.write("HTTP/1.1 200 OK\r\n\r\ndata: 1");

    expect(await noted(3)).toEqual(["head 200", "body data: 1", "caught up"]);
  });

  it.each<[string, (end: Socket) => void, RegExp]>([
    ["ends", (end) => end.end(), new RegExp(`^failed ${ANSWER_FAULT}$`)],
    ["resets", (end) => end.resetAndDestroy(), /^failed ECONNRESET$/],
    ["sends what is no answer", (end) => end.write("SSH-2.0-x\r\n\r\n"), new RegExp(`^failed ${ANSWER_FAULT}$`)],
  ])("fails once when the provider %s in the middle", async (_name, breakOff, failure) => {
    const closed = closing(socket);
    send();
    breakOff(provider);
    await closed;

    expect(events).toEqual([expect.stringMatching(failure)]);
  });

  it("ends an answer of unknown length with the connection", async () => {
    const closed = closing(socket);
    send();
    connection.finish();
    provider.end("HTTP/1.1 200 OK\r\n\r\nall");
    await closed;

    expect(events.filter((event) => event !== "caught up")).toEqual(["head 200", "body all", "end"]);
  });

  it("tells nothing after it was broken off", async () => {
    send();
    const left = once(provider.resume(), "close");
    connection.destroy();
    provider.end();
    await left;

    expect(events).toEqual([]);
  });

  it("sends head and first bytes of the body together", async () => {
    const first = once(provider, "data");
    send({ method: "POST", framing: { length: "4" } });
    await new Promise((resolve) => process.nextTick(resolve));
    connection.write(Buffer.from("body"));

    expect(String((await first)[0])).toBe("POST / HTTP/1.1\r\n\r\nbody");
  });

  it("takes nothing in while it is paused", async () => {
    send();
    connection.finish();
    connection.pause();
    provider.write(ANSWER);
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual([]);
    connection.resume();

    expect(await noted(4)).toEqual(["head 200", "body ok", "end", "free -"]);
  });
});
