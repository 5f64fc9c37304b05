// SPDX-License-Identifier: Apache-2.0
import { startFakeUpstream, type FakeUpstream } from "../support/fakeUpstream.ts";
import { sendRaw, statusesIn } from "../support/rawHttp.ts";
import { startTestBroker, TIERS, TOKEN, type TestBroker } from "../support/testBroker.ts";

let upstream: FakeUpstream;
let broker: TestBroker;

describe.each(TIERS)("in the %s tier", (tier) => {
  beforeAll(async () => {
    upstream = await startFakeUpstream();
    broker = await startTestBroker(upstream, { tier });
  });
  afterAll(async () => {
    await broker.close();
    await upstream.close();
  });

  const SMUGGLED = "POST /anthropic/v1/files HTTP/1.1\r\nHost: x\r\n\r\n";

  /** Sends a request with these header lines and this body; `@` stands for the broker's own address. */
  function send(
    lines: readonly string[],
    body = "",
    line = "POST /anthropic/v1/messages HTTP/1.1",
  ): ReturnType<typeof sendRaw> {
    const head = [line, ...lines, `x-api-key: ${TOKEN}`].join("\r\n").replaceAll("@", `127.0.0.1:${broker.port}`);
    return sendRaw(broker.port, `${head}\r\n\r\n${body}`);
  }

  describe("a request made to be read in two ways", () => {
    it.each<[string, readonly string[], string]>([
      ["length and coding", ["Host: @", "Content-Length: 5", "Transfer-Encoding: chunked"], `0\r\n\r\n${SMUGGLED}`],
      ["coding and length", ["Host: @", "Transfer-Encoding: chunked", "Content-Length: 60"], `0\r\n\r\n${SMUGGLED}`],
      ["two codings", ["Host: @", "Transfer-Encoding: chunked", "Transfer-Encoding: identity"], `0\r\n\r\n${SMUGGLED}`],
      ["two codings in one line", ["Host: @", "Transfer-Encoding: identity, chunked"], `0\r\n\r\n${SMUGGLED}`],
      ["a coding that is none", ["Host: @", "Transfer-Encoding: xchunked"], `0\r\n\r\n${SMUGGLED}`],
      ["a coding behind a vertical tab", ["Host: @", "Transfer-Encoding: \vchunked"], `0\r\n\r\n${SMUGGLED}`],
      ["a space before the colon", ["Host: @", "Transfer-Encoding : chunked"], `0\r\n\r\n${SMUGGLED}`],
      ["a coding in disguise", ["Host: @", "Transfer_Encoding: chunked", "Content-Length: 5"], `0\r\n\r\n${SMUGGLED}`],
      ["two lengths that differ", ["Host: @", "Content-Length: 0", "Content-Length: 48"], SMUGGLED],
      ["two lengths that agree", ["Host: @", "Content-Length: 2", "Content-Length: 2"], "{}"],
      ["two lengths in one line", ["Host: @", "Content-Length: 0, 48"], SMUGGLED],
      ["a length with a sign", ["Host: @", "Content-Length: +2"], "{}"],
      ["a negative length", ["Host: @", "Content-Length: -1"], "{}"],
      ["a length in hexadecimal", ["Host: @", "Content-Length: 0x2"], "{}"],
      ["a length beyond all bounds", ["Host: @", "Content-Length: 99999999999999999999"], "{}"],
      ["a folded header", ["Host: @", "X-A: b", " Transfer-Encoding: chunked", "Content-Length: 2"], "{}"],
      [
        "a line that ends with a bare line feed",
        ["Host: @", "X-A: b\nTransfer-Encoding: chunked", "Content-Length: 2"],
        "{}",
      ],
      ["a bare carriage return", ["Host: @", "X-A: b\rX-B: c", "Content-Length: 2"], "{}"],
      ["a NUL in a header", ["Host: @", "X-A: b\0c", "Content-Length: 2"], "{}"],
      ["a header without a name", ["Host: @", ": b", "Content-Length: 2"], "{}"],
      ["two hosts", ["Host: @", "Host: api.evil.example", "Content-Length: 2"], "{}"],
      ["no host", ["Content-Length: 2"], "{}"],
      ["a chunk size that is none", ["Host: @", "Transfer-Encoding: chunked"], `0x2\r\n{}\r\n0\r\n\r\n`],
      ["a chunk size with a sign", ["Host: @", "Transfer-Encoding: chunked"], `-2\r\n{}\r\n0\r\n\r\n`],
      [
        "a chunk size beyond all bounds",
        ["Host: @", "Transfer-Encoding: chunked"],
        `${"f".repeat(20)}\r\n{}\r\n0\r\n\r\n`,
      ],
      ["a chunk longer than its size", ["Host: @", "Transfer-Encoding: chunked"], `1\r\n{}\r\n0\r\n\r\n${SMUGGLED}`],
      ["a chunk that ends with a bare line feed", ["Host: @", "Transfer-Encoding: chunked"], `2\n{}\n0\n\n`],
    ])("by %s never becomes two requests, nor one at the provider", async (_name, lines, body) => {
      const before = upstream.seen.length;
      const { text } = await send(lines, body);

      // 400 by the parser or by us, or (when the fault comes after a good head) a connection that just ends.
      expect(statusesIn(text).filter((status) => status !== 400)).toEqual([]);
      expect(upstream.seen).toHaveLength(before);
    });

    it.each<[string, string, readonly number[]]>([
      ["absolute form to another host", "POST http://evil.example/v1/messages HTTP/1.1", [400]],
      ["absolute form to the broker", "POST http://@/anthropic/v1/messages HTTP/1.1", [400]],
      ["absolute form in upper case", "POST HTTPS://evil.example/v1/messages HTTP/1.1", [400]],
      ["authority in the path", "POST //evil.example/v1/messages HTTP/1.1", [400]],
      ["CONNECT", "CONNECT evil.example:443 HTTP/1.1", [405]],
      ["CONNECT to a provider", "CONNECT api.anthropic.com:443 HTTP/1.1", [405]],
      ["TRACE", "TRACE /anthropic/v1/messages HTTP/1.1", [405]],
      ["HTTP/1.0", "POST /anthropic/v1/messages HTTP/1.0", [400]],
      ["HTTP/0.9", "GET /openai/v1/models", [400]],
      ["HTTP/2 by prior knowledge", "PRI * HTTP/2.0", [400]],
      ["an unknown method", "SPLICE /anthropic/v1/messages HTTP/1.1", [400]],
      ["a method in lower case", "post /anthropic/v1/messages HTTP/1.1", [400]],
      ["a tab in the target", "POST /anthropic/v1/mess\tages HTTP/1.1", [400]],
      ["a letter outside ASCII in the target", "POST /anthropic/v1/messages\xe9 HTTP/1.1", [400]],
      ["a target of 40,000 characters", `POST /${"a".repeat(40_000)} HTTP/1.1`, [431]],
    ])("%s is refused", async (_name, line, expected) => {
      const before = upstream.seen.length;
      const { text } = await send(["Host: @", "Connection: close", "Content-Length: 0"], "", line);

      expect(statusesIn(text)).toEqual(expected);
      expect(upstream.seen).toHaveLength(before);
    });

    it("is refused as TLS on the plain port", async () => {
      const { text } = await sendRaw(broker.port, Buffer.from("160301020001fc0303", "hex"), "x".repeat(100));

      expect(statusesIn(text)).toEqual([400]);
    });

    it("cannot hold more than 32 KiB of headers", async () => {
      const lines = Array.from({ length: 10_000 }, (_, index) => `x-${index}: y`);
      const { text } = await send(["Host: @", ...lines, "Content-Length: 0"]);

      expect(statusesIn(text)).toEqual([431]);
    });

    it("takes chunk extensions and trailers off before the provider sees them", async () => {
      upstream.answer((request, response) => request.once("end", () => response.end("ok")).resume());
      const before = upstream.seen.length;
      const body = "2;ext=1\r\n{}\r\n0\r\nx-api-key: sk-attacker\r\n\r\n";
      const { text } = await send(
        ["Host: @", "Connection: close", "Transfer-Encoding: chunked", "Trailer: x-api-key"],
        body,
      );

      expect(statusesIn(text)).toEqual([200]);
      expect(upstream.seen[before]?.body.toString()).toBe("{}");
      expect(
        upstream.seen[before]?.rawHeaders.filter((one) => one === "sk-attacker" || one.toLowerCase() === "trailer"),
      ).toEqual([]);
    });

    it.each([
      ["GET with a length", "GET", "Content-Length: 48", SMUGGLED],
      ["GET with chunks", "GET", "Transfer-Encoding: chunked", `30\r\n${SMUGGLED}\r\n0\r\n\r\n`],
      ["HEAD with a length", "HEAD", "Content-Length: 48", SMUGGLED],
    ])(
      "refuses the body of a %s, which some servers take for the next request",
      async (_name, method, framing, body) => {
        const before = upstream.seen.length;
        const { text } = await send(["Host: @", framing], body, `${method} /anthropic/v1/models HTTP/1.1`);

        expect(statusesIn(text)).toEqual([400]);
        expect(upstream.seen).toHaveLength(before);
      },
    );

    it("lets GET say that it has no body", async () => {
      const lines = ["Host: @", "Content-Length: 0", "Connection: close"];

      expect(statusesIn((await send(lines, "", "GET /anthropic/v1/models HTTP/1.1")).text)).toEqual([200]);
    });

    it("answers pipelined requests one by one and judges each", async () => {
      upstream.answer((request, response) => request.once("end", () => response.end("ok")).resume());
      const good = `POST /anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${broker.port}\r\nx-api-key: ${TOKEN}\r\nContent-Length: 2\r\n\r\n{}`;
      const bad = good.replace("messages", "files").replace("\r\nx-api", "\r\nConnection: close\r\nx-api");
      const { text } = await sendRaw(broker.port, good + good + bad);

      expect(statusesIn(text)).toEqual([200, 200, 403]);
    });
  });
});
