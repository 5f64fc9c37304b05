// SPDX-License-Identifier: Apache-2.0
import { gzipSync, brotliCompressSync } from "node:zlib";
import type { ServerResponse } from "node:http";
import { startTestDaemon, type TestDaemon } from "../support/testDaemon.ts";
import type { FakeUpstream } from "../support/fakeUpstream.ts";
import { eventually } from "../support/eventually.ts";
import { sendRaw } from "../support/rawHttp.ts";
import { holdersOf } from "./support/canarySearch.ts";
import { keyFor, startExchangeBench, type ExchangeBench } from "./support/exchangeBench.ts";
import { putOf } from "./support/pushRequests.ts";
import { startRawUpstream, type RawUpstream } from "./support/rawUpstream.ts";

const KEY = keyFor("anthropic");
let bench: ExchangeBench;
beforeAll(async () => {
  bench = await startExchangeBench();
});
afterAll(() => bench.close());

/** Asks with the provider's answer of this making; everything that the workload gets, and what the daemon logs meanwhile. */
async function ask(
  answer: (response: ServerResponse) => unknown,
): Promise<{ text: string; status: number; journal: string }> {
  bench.upstream.answer((request, response) => void request.resume().once("end", () => void answer(response)));
  const before = bench.daemon.lines.length;
  const headers = [`x-api-key: ${bench.daemon.token}`, "Content-Length: 2"];
  const { text } = await bench.raw("POST /anthropic/v1/messages HTTP/1.1", headers, "{}");
  const usage = await eventually(
    () => bench.daemon.lines.slice(before),
    (lines) => lines.some(({ event }) => event === "usage"),
  );
  return { text, status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), journal: JSON.stringify(usage) };
}

describe("a provider that sends the key back", () => {
  const halves = [KEY.slice(0, 20), KEY.slice(20)] as const;

  it.each<[string, number, (response: ServerResponse) => unknown]>([
    ["in an error's text", 401, (response) => response.writeHead(401).end(`bad key ${KEY}`)],
    ["in an error as JSON", 400, (response) => response.writeHead(400).end(JSON.stringify({ error: { key: KEY } }))],
    ["in a server error", 500, (response) => response.writeHead(500).end(`config: ${KEY}`)],
    ["in base64", 403, (response) => response.writeHead(403).end(Buffer.from(`x-api-key: ${KEY}`).toString("base64"))],
    ["for a URL", 404, (response) => response.writeHead(404).end(`?key=${encodeURIComponent(KEY)}`)],
    [
      "in two parts",
      401,
      (response) => {
        response.writeHead(401);
        response.write(`bad key ${halves[0]}`, () => setImmediate(() => response.end(halves[1])));
      },
    ],
    [
      "compressed by gzip",
      401,
      (response) => response.writeHead(401, { "content-encoding": "gzip" }).end(gzipSync(KEY)),
    ],
    [
      "compressed by brotli",
      401,
      (response) => response.writeHead(401, { "content-encoding": "br" }).end(brotliCompressSync(KEY)),
    ],
    ["after 70,000 other bytes", 401, (response) => response.writeHead(401).end("x".repeat(70_000) + KEY)],
    ["in a header", 429, (response) => response.writeHead(429, { "x-key": KEY, "retry-after": "1" }).end()],
    ["in a header of a good answer", 200, (response) => response.writeHead(200, { "x-debug": `key=${KEY}` }).end("{}")],
    ["in a redirect", 302, (response) => response.writeHead(302, { location: `https://x.example/?k=${KEY}` }).end()],
    ["as a cookie", 200, (response) => response.writeHead(200, { "set-cookie": `k=${KEY}` }).end("{}")],
    ["in the status line", 401, (response) => response.writeHead(401, `bad key ${KEY}`).end("{}")],
    ["in the status line of a good answer", 200, (response) => response.writeHead(200, KEY).end("{}")],
    [
      "in a trailer",
      200,
      (response) => {
        response.writeHead(200, { trailer: "x-debug" });
        response.write("{}");
        response.addTrailers({ "x-debug": KEY });
        response.end();
      },
    ],
  ])("48 %s has it taken out, and no line of the journal holds it", async (_name, status, answer) => {
    const got = await ask(answer);

    expect(got.status).toBe(status);
    expect(holdersOf(KEY, { text: got.text, journal: got.journal })).toEqual([]);
  });

  it.each([
    ["the first and last characters", `${KEY.slice(0, 8)}********${KEY.slice(-4)}`],
    ["the first twelve", KEY.slice(0, 12)],
    ["the last ten", KEY.slice(-10)],
  ])("48 in part, by %s, has that taken out of an error", async (_name, part) => {
    const { text } = await ask((response) => response.writeHead(401).end(`Incorrect API key provided: ${part}.`));

    expect(text).not.toContain(part);
    expect(text).toContain("[REDACTED]");
  });

  it("48 in the body of a good answer is not searched, as the documents say, and still not logged", async () => {
    const got = await ask((response) => response.writeHead(200).end(`you sent ${KEY}`));

    expect(got.text).toContain(`you sent ${KEY}`);
    expect(holdersOf(KEY, { journal: got.journal })).toEqual([]);
  });
});

describe("an error of the provider", () => {
  it.each([400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503, 504, 529])(
    "51 with %i is passed on with its headers, and the POST is not sent again",
    async (status) => {
      const headers = {
        "retry-after": "17",
        "request-id": "req_1",
        "x-should-retry": "true",
        "x-ratelimit-remaining": "0",
      };
      const { value, seen } = await bench.during(() =>
        ask((response) => response.writeHead(status, headers).end("sorry")),
      );

      expect(value.status).toBe(status);
      for (const [name, text] of Object.entries(headers))
        expect(value.text.toLowerCase()).toContain(`${name}: ${text}\r\n`);
      expect(value.text.endsWith("sorry")).toBe(true);
      expect(value.text).not.toContain("x-claws-broker-error");
      expect(seen).toHaveLength(1);
    },
  );
});

describe("a provider that breaks off before its answer", () => {
  let raw: RawUpstream;
  let daemon: TestDaemon;
  beforeAll(async () => {
    raw = await startRawUpstream();
    // Of a provider, the daemon needs where it is and what it shows.
    daemon = await startTestDaemon({ upstream: raw as unknown as FakeUpstream });
    await daemon.call("POST", "/v1/keys/put", putOf(1));
  });
  afterAll(async () => {
    await daemon.stop();
    await raw.close();
  });

  async function post(): Promise<string> {
    const port = Number(new URL(daemon.brokerUrl).port);
    const head = `POST /anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nx-api-key: ${daemon.token}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`;
    return (await sendRaw(port, head)).text;
  }

  it.each<[string, Parameters<RawUpstream["answer"]>[0]]>([
    ["by an end", (socket) => socket.end()],
    ["by a reset", (socket) => socket.destroy()],
    ["in the middle of its head", (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-le")],
    ["after an interim answer", (socket) => socket.end("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n")],
    ["with something that is no HTTP", (socket) => socket.end("220 smtp.example ESMTP\r\n\r\n")],
  ])("51 %s gets one try and 502", async (_name, answer) => {
    raw.answer(answer);
    const before = raw.heads.length;
    const text = await post();

    expect(text).toMatch(/^HTTP\/1\.1 502 .*x-claws-broker-error: upstream-unreachable\r\n/s);
    expect(raw.heads.length).toBe(before + 1);
  });

  it("51 on a connection that was kept from the request before gets one try more at most, and never two answers", async () => {
    let answers = 0;
    raw.answer((socket) => {
      answers += 1;
      if (answers === 1) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
      else socket.destroy();
    });
    const before = raw.heads.length;
    expect(await post()).toMatch(/^HTTP\/1\.1 200 /);
    expect(await post()).toMatch(/^HTTP\/1\.1 502 /);

    // Nobody can know whether a POST that got no answer was done, so it is not done twice.
    expect(raw.heads.length).toBe(before + 2);
  });
});
