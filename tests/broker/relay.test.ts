// SPDX-License-Identifier: Apache-2.0
import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";
import { createRelayDial, relayKeys, relayProviders } from "../../broker/relay.ts";
import { anthropic } from "../../broker/providers/anthropic.ts";
import { relayedError } from "../../broker/relayedError.ts";
import { startFakeUpstream, type FakeUpstream } from "../support/fakeUpstream.ts";
import { startRelayedBroker, type RelayedBroker } from "../support/relayedBroker.ts";
import { REAL_KEY, TOKEN } from "../support/testBroker.ts";

let upstream: FakeUpstream;
let relayed: RelayedBroker;

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());
beforeEach(async () => {
  relayed = await startRelayedBroker(upstream);
});
afterEach(() => relayed.close());

describe("a droplet whose keys are lent by the owner's broker", () => {
  it("gets the provider's answer to a request that carried the real key, and the placeholder goes no further than the droplet", async () => {
    const { status, body } = await relayed.ask({ path: "/anthropic/v1/messages?beta=true", body: '{"model":"m"}' });
    expect({ status, body: String(body) }).toEqual({ status: 200, body: '{"ok":true}' });
    const [seen] = upstream.seen.slice(-1);
    expect({ url: seen?.url, key: seen?.headers["x-api-key"], body: String(seen?.body) }).toEqual({
      ...{ url: "/v1/messages?beta=true", key: REAL_KEY, body: '{"model":"m"}' },
    });
    expect(JSON.stringify(relayed.betweenBrokers())).not.toContain(TOKEN);
    expect(JSON.stringify(seen?.rawHeaders)).not.toContain(TOKEN);
  });

  it("never sees the key: neither in what it lends nor in what passes between the brokers", async () => {
    await relayed.ask();
    expect(relayed.betweenBrokers()).toHaveLength(1);
    expect(JSON.stringify(relayed.betweenBrokers())).not.toContain(REAL_KEY);
  });

  it("asks for nothing that its own broker does not allow", async () => {
    const { status, headers } = await relayed.ask({ path: "/anthropic/v1/files" });
    expect({ status, code: headers["x-claws-broker-error"] }).toEqual({ status: 403, code: "path-refused" });
    expect(relayed.betweenBrokers()).toEqual([]);
  });

  it("hears the owner's broker's own errors under its own mark", async () => {
    relayed.refuseWith("sealed");
    const { status, headers, body } = await relayed.ask();
    expect({ status, code: headers["x-claws-broker-error"], retryAfter: headers["retry-after"] }).toEqual({
      ...{ status: 503, code: "sealed", retryAfter: "30" },
    });
    expect(JSON.parse(String(body))).toMatchObject({ error: { type: "broker_error", code: "sealed" } });
  });

  it("gets a clear error when the owner's broker is not there", async () => {
    await relayed.stopOwner();
    const { status, headers } = await relayed.ask();
    expect({ status, code: headers["x-claws-broker-error"] }).toEqual({ status: 502, code: "upstream-unreachable" });
  });

  it("streams through both brokers chunk by chunk, and a client that leaves ends the request at the provider", async () => {
    const arriving = new Promise<Parameters<Parameters<FakeUpstream["answer"]>[0]>>((resolve) =>
      upstream.answer((...both) => resolve(both)),
    );
    const opening = relayed.open();
    const [, response] = await arriving;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    const { answer, leave } = await opening;
    for (const event of ["data: 1\n\n", "data: 2\n\n"]) {
      const chunk = new Promise((resolve) => answer.once("data", (data) => resolve(String(data))));
      response.write(event);
      expect(await chunk).toBe(event);
    }
    const left = new Promise((resolve) => response.once("close", resolve));
    leave();
    await left;
    expect(response.writableFinished).toBe(false);
  });
});

describe("relayProviders", () => {
  it("sends everything to the one broker, without a credential, under the provider's own name", () => {
    expect(relayProviders([anthropic], "100.64.0.1:7441")).toEqual([
      { ...anthropic, origin: "http://100.64.0.1:7441", basePath: "/anthropic", auth: null },
    ]);
  });
});

describe("relayKeys", () => {
  it("lends something that is new each time and is wiped, and is no key", () => {
    const keys = relayKeys((bytes) => Buffer.alloc(bytes, 7));
    const loan = keys.lend("anthropic", () => undefined);
    if (typeof loan === "string") throw new Error(loan);
    expect({ version: loan.version, counts: loan.countsTokens }).toEqual({ version: 0, counts: false });
    loan.release({ tokens: 5 });
    expect(loan.secret.reveal()).toBe("\0".repeat(43));
  });
});

describe("relayedError", () => {
  const raw = ["X-Claws-Broker-Error", "sealed"];

  it("passes the mark of the owner's broker and nobody else's", () => {
    const [relay = anthropic] = relayProviders([anthropic], "100.64.0.1:7441");
    expect(relayedError(relay, raw)).toEqual(["x-claws-broker-error", "sealed"]);
    expect(relayedError(anthropic, raw)).toEqual([]);
    expect(relayedError(relay, [])).toEqual([]);
    expect(relayedError(relay, ["x-claws-broker-error", "a b\tc"])).toEqual([]);
  });
});

describe("createRelayDial", () => {
  let server: Server;
  let port: number;
  beforeEach(async () => {
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it("dials the configured broker, whatever address it is asked for", async () => {
    const accepted = new Promise<number | undefined>((resolve) =>
      server.once("connection", (socket) => {
        resolve(socket.localPort);
        socket.destroy();
      }),
    );
    const dialled = createRelayDial(`127.0.0.1:${port}`)({ hostname: "203.0.113.7", port: 443 }, () => undefined);
    expect(await accepted).toBe(port);
    dialled?.destroy();
  });
});
