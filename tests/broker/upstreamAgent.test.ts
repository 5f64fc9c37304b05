// SPDX-License-Identifier: Apache-2.0
import { createServer, type AddressInfo } from "node:net";
import { classifyUpstreamError } from "../../broker/upstreamRequest.ts";
import { createTestCertificate } from "../support/testCertificate.ts";
import { startTestBroker } from "../support/testBroker.ts";
import { fakeUpstreams, outcome } from "../support/upstreamOutcome.ts";

const open = fakeUpstreams();

describe("TLS to the provider", () => {
  it("takes a certificate that is trusted and carries the name", async () => {
    expect(await outcome(await open())).toEqual([200, null]);
  });

  it.each([
    ["has expired", () => open(createTestCertificate("localhost", -1)), {}],
    ["carries another name", () => open(createTestCertificate("api.evil.example")), {}],
    ["is not trusted", () => open(), { ca: [createTestCertificate().cert] }],
    ["is not trusted by the system", () => open(), { ca: undefined }],
  ])("answers 502 when the certificate %s, and sends nothing", async (_name, start, upstream) => {
    const provider = await start();

    expect(await outcome(provider, { upstream })).toEqual([502, "upstream-untrusted"]);
    expect(provider.seen).toEqual([]);
  });

  it("stays strict when the environment says otherwise", async () => {
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    const provider = await open();

    expect(await outcome(provider, { upstream: { ca: [createTestCertificate().cert] } })).toEqual([
      502,
      "upstream-untrusted",
    ]);
    expect(provider.seen).toEqual([]);
  });

  it("answers 502 when the provider speaks no TLS", async () => {
    const plain = createServer((socket) => {
      socket.on("error", () => undefined).resume();
      socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
    await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
    const upstream = { ...(await open()), origin: `https://localhost:${(plain.address() as AddressInfo).port}` };

    expect(await outcome(upstream)).toEqual([502, "upstream-untrusted"]);
    await new Promise((resolve) => plain.close(resolve));
  });
});

describe("the provider's address", () => {
  it("is denied on loopback by the policy that production has, and nothing is dialled", async () => {
    const provider = await open();

    expect(await outcome(provider, { upstream: { allows: undefined } })).toEqual([502, "upstream-denied"]);
    expect(provider.connections()).toBe(0);
  });

  it("is denied as a literal too, which no resolver sees", async () => {
    const provider = await open();
    const literal = { ...provider, origin: provider.origin.replace("localhost", "127.0.0.1") };

    expect(await outcome(literal, { upstream: { allows: undefined } })).toEqual([502, "upstream-denied"]);
    expect(provider.connections()).toBe(0);
  });

  it.each([
    "127.0.0.1",
    "10.0.0.5",
    "169.254.169.254",
    "100.100.100.100",
    "::1",
    "fd7a:115c:a1e0::53",
    "::ffff:127.0.0.1",
  ])("is denied when the resolver answers %s", async (address) => {
    const provider = await open();
    const resolve = (
      _name: string,
      _options: unknown,
      done: (error: null, found: { address: string; family: number }[]) => void,
    ): void => done(null, [{ address, family: address.includes(":") ? 6 : 4 }]);

    expect(await outcome(provider, { upstream: { allows: undefined, resolve } })).toEqual([502, "upstream-denied"]);
    expect(provider.connections()).toBe(0);
  });

  it("is checked again for each new connection, so a name that moves is caught", async () => {
    const provider = await open();
    const answers = ["127.0.0.1", "127.0.0.2"];
    const resolve = (
      _name: string,
      _options: unknown,
      done: (error: null, found: { address: string; family: number }[]) => void,
    ): void => done(null, [{ address: answers.shift() ?? "127.0.0.2", family: 4 }]);
    const broker = await startTestBroker(provider, {
      upstream: { resolve, allows: (address) => address === "127.0.0.1" },
    });
    provider.answer((_request, response) => response.writeHead(200, { connection: "close" }).end());

    expect((await broker.ask()).status).toBe(200);
    expect((await broker.ask()).headers["x-claws-broker-error"]).toBe("upstream-denied");
    await broker.close();
  });

  it("that nobody listens on gives 502", async () => {
    const provider = await open();
    await provider.close();

    expect(await outcome(provider)).toEqual([502, "upstream-unreachable"]);
  });
});

describe("classifyUpstreamError", () => {
  it.each([
    ["CERT_HAS_EXPIRED", "upstream-untrusted"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "upstream-untrusted"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "upstream-untrusted"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "upstream-untrusted"],
    ["EPROTO", "upstream-untrusted"],
    ["ECONNREFUSED", "upstream-unreachable"],
    ["ENOTFOUND", "upstream-unreachable"],
    [undefined, "upstream-unreachable"],
  ])("takes %p for %s", (code, expected) => {
    expect(classifyUpstreamError(Object.assign(new Error("x"), { code }))).toBe(expected);
  });
});
