// SPDX-License-Identifier: Apache-2.0
import { startFakeUpstream, type FakeUpstream } from "../support/fakeUpstream.ts";
import { createTestCertificate } from "../support/testCertificate.ts";
import { startTestBroker, type TestBrokerOptions } from "../support/testBroker.ts";
import { fakeUpstreams, outcome } from "../support/upstreamOutcome.ts";
import { blackHole, refusingPort, serveBadly } from "./support/badServers.ts";

const open = fakeUpstreams();

type Resolve = NonNullable<NonNullable<TestBrokerOptions["upstream"]>["resolve"]>;

/** A resolver that gives these addresses, one set for each question. */
function resolver(...answers: (readonly string[])[]): Resolve {
  return (_name, _options, done) => {
    const addresses = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
}

describe("a redirect of the provider", () => {
  it.each([301, 302, 303, 307, 308])(
    "47 with %i to another host is passed on, and nothing is sent there",
    async (status) => {
      const [first, other] = [await open(), await open()];
      const location = `${other.origin}/v1/steal?from=broker`;
      first.answer((request, response) =>
        request.resume().once("end", () => response.writeHead(status, { location, "x-request-id": "r1" }).end("moved")),
      );
      const broker = await startTestBroker(first, { upstream: { ca: [first.ca, other.ca] } });
      const answer = await broker.ask();
      await broker.close();

      expect([answer.status, answer.headers.location, answer.headers["x-request-id"]]).toEqual([
        status,
        location,
        "r1",
      ]);
      expect([first.seen.length, other.connections()]).toEqual([1, 0]);
    },
  );

  it("47 in a chain to itself is passed on once", async () => {
    const upstream = await open();
    upstream.answer((request, response) =>
      request.resume().once("end", () => response.writeHead(308, { location: "/v1/messages" }).end()),
    );

    expect(await outcome(upstream)).toEqual([308, null]);
    expect(upstream.seen).toHaveLength(1);
  });
});

describe("a provider's name that leads to an address", () => {
  let shared: FakeUpstream;
  beforeAll(async () => {
    shared = await startFakeUpstream();
  });
  afterAll(() => shared.close());

  it.each([
    ...["127.0.0.1", "127.255.255.254", "169.254.0.1", "169.254.169.254", "10.0.0.1", "10.255.255.255"],
    ...["100.64.0.1", "100.100.100.100", "100.127.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
    ...["0.0.0.0", "0.1.2.3", "192.0.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "::", "::1"],
    ...["fd00::1", "fdff:ffff::1", "fc00::1", "fd7a:115c:a1e0::53", "fe80::1", "fec0::1", "ff02::1"],
    ...["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:100.64.0.1", "::ffff:7f00:1", "::127.0.0.1"],
    ...["64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1"],
  ])("47 %s is not dialled", async (address) => {
    expect(await outcome(shared, { upstream: { allows: undefined, resolve: resolver([address]) } })).toEqual([
      502,
      "upstream-denied",
    ]);
    expect(shared.connections()).toBe(0);
  });

  it("47 that the system's resolver finds on loopback is not dialled, nor the address itself in place of a name", async () => {
    const upstream = await open();
    const literal = { ...upstream, origin: upstream.origin.replace("localhost", "127.0.0.1") };
    for (const one of [upstream, literal])
      expect(await outcome(one, { upstream: { allows: undefined } })).toEqual([502, "upstream-denied"]);
    expect(upstream.connections()).toBe(0);
  });

  it("47 changes between two connections: each is checked when it is made", async () => {
    const upstream = await open();
    upstream.answer((request, response) =>
      request.resume().once("end", () => response.writeHead(200, { connection: "close" }).end()),
    );
    const allows = (address: string): boolean => address === "127.0.0.1";
    const resolve = resolver(["127.0.0.1"], ["127.0.0.2"]);
    const broker = await startTestBroker(upstream, { upstream: { allows, resolve } });
    const answers = [await broker.ask(), await broker.ask()];
    await broker.close();

    expect(answers.map(({ status, headers }) => [status, headers["x-claws-broker-error"]])).toEqual([
      [200, undefined],
      [502, "upstream-denied"],
    ]);
    expect(upstream.connections()).toBe(1);
  });

  it("47 is public and private at once: the private one is never dialled", async () => {
    const upstream = await open();
    const allows = (address: string): boolean => address === "127.0.0.1";
    for (const addresses of [
      ["127.0.0.2", "127.0.0.1"],
      ["127.0.0.1", "127.0.0.2"],
    ]) {
      const [status, code] = await outcome(upstream, { upstream: { allows, resolve: resolver(addresses) } });
      expect([
        [200, null],
        [502, "upstream-denied"],
      ]).toContainEqual([status, code]);
    }
    // Only the allowed one was ever reached: the fake provider listens on it alone, and nothing else refused.
    expect(upstream.connections()).toBe(upstream.seen.length);
  });
});

describe("a provider whose TLS is bad", () => {
  it.each([
    ["has expired", (): Promise<FakeUpstream> => open(createTestCertificate("localhost", -1)), {}],
    ["carries another name", (): Promise<FakeUpstream> => open(createTestCertificate("api.evil.example")), {}],
    [
      "carries a wildcard of another domain",
      (): Promise<FakeUpstream> => open(createTestCertificate("*.evil.example")),
      {},
    ],
    [
      "is signed by itself and not trusted",
      (): Promise<FakeUpstream> => open(),
      { ca: [createTestCertificate().cert] },
    ],
    ["is not trusted by the system", (): Promise<FakeUpstream> => open(), { ca: undefined }],
  ])("51 because its certificate %s gets 502 and no request", async (_name, start, upstream) => {
    const provider = await start();

    expect(await outcome(provider, { upstream })).toEqual([502, "upstream-untrusted"]);
    expect(provider.seen).toEqual([]);
  });

  it("51 is not forgiven by any variable or header", async () => {
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    const provider = await open();
    const broker = await startTestBroker(provider, { upstream: { ca: [createTestCertificate().cert] } });
    const answer = await broker.ask({ headers: { "x-claws-insecure": "1", "x-forwarded-proto": "http" } });
    await broker.close();

    expect([answer.status, answer.headers["x-claws-broker-error"], provider.seen]).toEqual([
      502,
      "upstream-untrusted",
      [],
    ]);
  });

  it("51 because it speaks none gets 502", async () => {
    const plain = await serveBadly((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
    const upstream = { ...(await open()), origin: `https://localhost:${plain.port}` };

    expect(await outcome(upstream)).toEqual([502, "upstream-untrusted"]);
    plain.close();
  });
});

describe("a provider that cannot be reached", () => {
  it("51 because nobody listens gets 502", async () => {
    const closed = await refusingPort();
    const upstream = { ...(await open()), origin: `https://localhost:${closed.port}` };

    expect(await outcome(upstream)).toEqual([502, "upstream-unreachable"]);
  });

  it("51 because its packets are dropped, or it never speaks TLS, gets 502 after ten seconds", async () => {
    const hole = await blackHole();
    const mute = await serveBadly(() => undefined);
    const good = await open();
    const outcomes = [hole, mute].map(({ port }) => outcome({ ...good, origin: `https://localhost:${port}` }));

    expect(await Promise.all(outcomes)).toEqual([
      [502, "upstream-unreachable"],
      [502, "upstream-unreachable"],
    ]);
    hole.close();
    mute.close();
  });
});
