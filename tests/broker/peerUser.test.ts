// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { createPeerUserLookup } from "../../broker/peerUser.ts";

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** The server's ends of so many connections from this process. */
async function connections(count: number): Promise<readonly Socket[]> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted: Socket[] = [];
  for (let made = 0; made < count; made += 1) {
    sockets.push(connect((server.address() as AddressInfo).port, "127.0.0.1"));
    accepted.push(((await once(server, "connection")) as [Socket])[0]);
  }
  sockets.push(...accepted);
  server.close();
  return accepted;
}

/** Waits until everything that was ready to run has run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("createPeerUserLookup", () => {
  it("finds who is at the other end, in the kernel's own table", async () => {
    const [socket] = await connections(1);

    expect(await createPeerUserLookup()(socket as Socket)).toBe(process.getuid?.());
  });

  it("does not know who is at the other end when the tables cannot be read, or lack the connection", async () => {
    const [socket] = (await connections(1)) as [Socket];
    const unreadable = createPeerUserLookup(() => Promise.reject(new Error("EACCES")));

    expect(await unreadable(socket)).toBeUndefined();
    expect(await createPeerUserLookup(() => Promise.resolve("  sl  local_address\n"))(socket)).toBeUndefined();
  });

  it("reads a table once for all who ask at once, and anew for those who ask while it is being read", async () => {
    const all = await connections(6);
    const readings: ((text: string) => void)[] = [];
    const find = createPeerUserLookup(() => new Promise((resolve) => readings.push(resolve)));
    const answers = all.slice(0, 3).map((socket) => find(socket));
    await settle();
    expect(readings).toHaveLength(1);
    // These came after the reading began, so it may lack them.
    answers.push(...all.slice(3).map((socket) => find(socket)));
    await settle();
    expect(readings).toHaveLength(1);

    for (let done = 0; done < 4; done += 1) {
      readings[done]?.("");
      await settle();
    }
    expect(await Promise.all(answers)).toEqual(all.map(() => undefined));
    // Two for each of the two tables.
    expect(readings).toHaveLength(4);
  });

  it("goes on after a reading that failed", async () => {
    const [socket] = (await connections(1)) as [Socket];
    let calls = 0;
    const find = createPeerUserLookup(() =>
      (calls += 1) <= 2 ? Promise.reject(new Error("EMFILE")) : Promise.resolve(""),
    );

    expect([await find(socket), await find(socket), calls]).toEqual([undefined, undefined, 4]);
  });
});
