// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import type { Server } from "node:http";
import { connect, type Socket } from "node:net";
import { createLimitedServer, type ServerLimits } from "../../broker/limitedServer.ts";
import { listen, portOf } from "../../broker/listen.ts";
import { eventually } from "../support/eventually.ts";
import { sendRaw, statusesIn } from "../support/rawHttp.ts";

/** Only the limit that a test reaches is short: a busy machine may take its time with everything else. */
const PATIENT: ServerLimits = {
  headBytes: 1024,
  headMilliseconds: 20_000,
  requestMilliseconds: 20_000,
  idleMilliseconds: 20_000,
  connections: 3,
};

let server: Server;
let port: number;
async function serve(limits: Partial<ServerLimits> = {}): Promise<void> {
  const all = { ...PATIENT, ...limits };
  server = createLimitedServer(all, (request, response) => request.resume().once("end", () => response.end("ok")));
  await listen(server, "127.0.0.1", 0);
  port = portOf(server);
}
afterEach(
  () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
);

describe("createLimitedServer", () => {
  it("answers 408 to a head that never ends", async () => {
    await serve({ headMilliseconds: 100 });
    expect(statusesIn((await sendRaw(port, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")).text)).toEqual([408]);
  });

  it("answers 408 to a body that never ends", async () => {
    await serve({ headMilliseconds: 100, requestMilliseconds: 200 });
    expect(statusesIn((await sendRaw(port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n1")).text)).toEqual([
      408,
    ]);
  });

  it("closes a connection that says nothing, and one that is idle after an answer", async () => {
    await serve({ headMilliseconds: 100 });
    expect(statusesIn((await sendRaw(port)).text)).toEqual([408]);
    server.close();
    await serve({ idleMilliseconds: 100 });
    expect(statusesIn((await sendRaw(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")).text)).toEqual([200]);
  });

  it("answers 431 to a head that is too long and 400 to one that is none, without a word of what was sent", async () => {
    await serve();
    const long = await sendRaw(port, `GET / HTTP/1.1\r\nHost: x\r\nX: ${"canary".repeat(500)}\r\n\r\n`);
    const none = await sendRaw(port, "canary\r\n\r\n");

    expect([statusesIn(long.text), statusesIn(none.text)]).toEqual([[431], [400]]);
    expect(long.text + none.text).not.toContain("canary");
  });

  it("keeps no connection open after CONNECT, also when the client does not close its side", async () => {
    await serve();
    const accepted = once(server, "connection") as Promise<[Socket]>;
    const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    client.on("error", () => undefined).write("CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n");
    const answered = once(client, "data");
    const [socket] = await accepted;
    await once(socket, "close");

    expect(statusesIn(String(await answered))).toEqual([405]);
    client.destroy();
  });

  it("survives a client that resets its connection after CONNECT", async () => {
    await serve();
    const closed = once(server, "connection").then(([socket]) => once(socket as Socket, "close"));
    const client = connect(port, "127.0.0.1");
    client.on("error", () => undefined).once("data", () => client.resetAndDestroy());
    client.write("CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n");
    await closed;
    const { text } = await sendRaw(port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    expect(statusesIn(text)).toEqual([200]);
  });

  it("takes no more connections than allowed, and takes them again later", async () => {
    await serve();
    const held = Array.from({ length: 3 }, () => connect(port, "127.0.0.1"));
    await Promise.all(held.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
    const fourth = await sendRaw(port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const gone = held.map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    for (const socket of held) socket.destroy();
    await Promise.all(gone);

    expect(fourth.text).toBe("");
    // The server learns a little later than the clients that they have gone.
    const later = async () =>
      statusesIn((await sendRaw(port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).text);
    expect(await eventually(later, (statuses) => statuses.length > 0)).toEqual([200]);
  });
});
