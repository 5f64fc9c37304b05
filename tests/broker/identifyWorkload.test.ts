// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { createServer, type Socket } from "node:net";
import { createPeerUserLookup } from "../../broker/peerUser.ts";
import { startFakeUpstream, type FakeUpstream } from "../support/fakeUpstream.ts";
import { startTestBroker, TOKEN, type TestBroker, type TestBrokerOptions } from "../support/testBroker.ts";

let upstream: FakeUpstream;
let broker: TestBroker | undefined;
const own = process.getuid?.() ?? -1;

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());
afterEach(() => broker?.close());

async function start(options: TestBrokerOptions): Promise<TestBroker> {
  broker = await startTestBroker(upstream, options);
  return broker;
}

describe("a broker that knows its workload's user", () => {
  it("serves that user", async () => {
    expect((await (await start({ peerUid: own })).ask()).status).toBe(200);
  });

  it("refuses everybody else with 403, root too, although the placeholder is right", async () => {
    const answer = await (await start({ peerUid: own + 1 })).ask();

    expect([answer.status, answer.headers["x-claws-broker-error"]]).toEqual([403, "wrong-user"]);
    expect(broker?.lent).toEqual([]);
  });

  it("refuses when the user cannot be told", async () => {
    const answer = await (await start({ peerUid: own, findPeerUser: () => Promise.resolve(undefined) })).ask();

    expect(answer.headers["x-claws-broker-error"]).toBe("wrong-user");
  });

  it("asks for the placeholder first and does not look anybody up without it", async () => {
    const looked: Socket[] = [];
    const findPeerUser = (socket: Socket): Promise<number> => Promise.resolve(looked.push(socket));
    const answer = await (await start({ peerUid: 1, findPeerUser })).ask({ headers: { "x-api-key": "agt_wrong" } });

    expect(answer.headers["x-claws-broker-error"]).toBe("bad-token");
    expect(looked).toEqual([]);
  });

  it("looks a connection up once, and each connection anew", async () => {
    let looked = 0;
    const findPeerUser = (): Promise<number> => Promise.resolve((looked += 1) && own);
    const { port } = await start({ peerUid: own, findPeerUser });
    for (const agent of [
      new Agent({ keepAlive: true, maxSockets: 1 }),
      new Agent({ keepAlive: true, maxSockets: 1 }),
    ]) {
      expect(await getModels(port, agent)).toBe(200);
      expect(await getModels(port, agent)).toBe(200);
      agent.destroy();
    }

    expect(looked).toBe(2);
  });

  it("looks again on the same connection when nobody could be told the first time", async () => {
    const found = [undefined, own];
    const { port } = await start({ peerUid: own, findPeerUser: () => Promise.resolve(found.shift()) });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });

    expect([await getModels(port, agent), await getModels(port, agent), await getModels(port, agent)]).toEqual([
      403, 200, 200,
    ]);
    agent.destroy();
  });

  it("lends nothing to a client that leaves during the look-up", async () => {
    let found: (uid: number) => void = () => undefined;
    const asked = Promise.withResolvers<undefined>();
    const findPeerUser = (): Promise<number> => {
      asked.resolve(undefined);
      return new Promise((resolve) => (found = resolve));
    };
    const asking = await start({ peerUid: own, findPeerUser });
    const { port } = asking;
    const question = request({ host: "127.0.0.1", port, path: "/openai/v1/models", headers: bearer, agent: false });
    question.on("error", () => undefined).end();
    await asked.promise;
    question.destroy();
    await new Promise((resolve) => question.once("close", resolve));
    // The broker must see the end of the connection before it learns the user.
    await refusedOnAnotherConnection(port);
    found(own);
    await asking.logged(2);

    expect(asking.usage.map(({ code, status }) => [code, status])).toEqual([
      ["bad-token", 401],
      ["client-left", 0],
    ]);
    expect(asking.lent).toEqual([]);
  });
});

describe("createPeerUserLookup", () => {
  it("tells the user of a real process at the other end", async () => {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const script = `require("node:net").connect(${port}, "127.0.0.1").on("close", () => process.exit())`;
    // Only root may become somebody else.
    const uid = own === 0 ? 65534 : own;
    const child = spawn(process.execPath, ["-e", script], own === 0 ? { uid, gid: 65534 } : {});
    const [socket] = (await once(server, "connection")) as [Socket];

    expect(await createPeerUserLookup()(socket)).toBe(uid);
    socket.destroy();
    await once(child, "exit");
    server.close();
  });

  it("reads no other tables than those of its own network, and survives that they are gone", async () => {
    const read: string[] = [];
    const find = createPeerUserLookup((path) => {
      read.push(path);
      return Promise.reject(new Error("ENOENT"));
    });
    const socket = {
      remoteAddress: "127.0.0.1",
      remotePort: 1,
      localAddress: "127.0.0.1",
      localPort: 2,
    } as unknown as Socket;

    expect(await find(socket)).toBeUndefined();
    expect(read).toEqual(["/proc/self/net/tcp", "/proc/self/net/tcp6"]);
  });
});

const bearer = { authorization: `Bearer ${TOKEN}` };

function getModels(port: number, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const question = request({ host: "127.0.0.1", port, path: "/openai/v1/models", headers: bearer, agent });
    question.once("response", (answer) => answer.resume().once("end", () => resolve(answer.statusCode ?? 0)));
    question.once("error", reject).end();
  });
}

/** A request that is refused at once: when its answer is here, what came before it on other connections has been seen. */
async function refusedOnAnotherConnection(port: number): Promise<void> {
  const question = request({ host: "127.0.0.1", port, path: "/", agent: false });
  question.end();
  const [answer] = (await once(question, "response")) as [NodeJS.ReadableStream];
  answer.resume();
  await once(answer, "end");
}
