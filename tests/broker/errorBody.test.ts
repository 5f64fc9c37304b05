// SPDX-License-Identifier: Apache-2.0
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { startFakeUpstream, type FakeUpstream } from "../support/fakeUpstream.ts";
import { REAL_KEY, startTestBroker, type Answer, type TestBroker } from "../support/testBroker.ts";

let upstream: FakeUpstream;
let broker: TestBroker;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  broker = await startTestBroker(upstream);
});
afterAll(async () => {
  await broker.close();
  await upstream.close();
});

/** What the client gets when the provider answers like this. */
function answered(
  status: number,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  upstream.answer((_request, response) => response.writeHead(status, headers).end(body));
  return broker.ask();
}

const QUOTING = `Incorrect API key provided: ${REAL_KEY.slice(0, 8)}*****${REAL_KEY.slice(-4)}. Find yours at the console.`;

describe("an error body", () => {
  it.each([400, 401, 403, 429, 500])("loses every part of the key at status %i", async (status) => {
    const answer = await answered(status, `{"a":"${QUOTING}","b":"${REAL_KEY}"}`, {
      "content-type": "application/json",
    });

    expect(answer.status).toBe(status);
    expect(answer.body.toString()).toBe(
      '{"a":"Incorrect API key provided: [REDACTED] Find yours at the console.","b":"[REDACTED]"}',
    );
    expect(answer.headers["content-length"]).toBe(String(answer.body.length));
    expect(answer.headers["content-type"]).toBe("application/json");
  });

  it.each<[string, (text: string) => Buffer]>([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
    ["deflate", deflateSync],
    ["zstd", zstdCompressSync],
  ])("is decoded from %s first, and says so by its headers", async (coding, encode) => {
    const answer = await answered(401, encode(QUOTING), { "content-encoding": coding });

    expect(answer.body.toString()).toBe("Incorrect API key provided: [REDACTED] Find yours at the console.");
    expect(answer.headers["content-encoding"]).toBeUndefined();
  });

  it.each<[string, string | Buffer, Readonly<Record<string, string>>]>([
    ["is longer than 64 KiB", "x".repeat(65 * 1024) + REAL_KEY, {}],
    ["unpacks to more than 64 KiB", gzipSync(Buffer.alloc(10_000_000, 0x61)), { "content-encoding": "gzip" }],
    ["is not what its coding says", `no gzip ${REAL_KEY}`, { "content-encoding": "gzip" }],
    ["has an unknown coding", `secret ${REAL_KEY}`, { "content-encoding": "rot13" }],
    ["has two codings", gzipSync(gzipSync(REAL_KEY)), { "content-encoding": "gzip, gzip" }],
  ])("is withheld when it %s", async (_name, body, headers) => {
    const answer = await answered(500, body, headers);

    expect(answer.status).toBe(500);
    expect(JSON.parse(answer.body.toString())).toEqual({
      type: "error",
      error: {
        type: "broker_error",
        code: "body-withheld",
        message: "the provider's error text was too long or unreadable and is not shown",
      },
    });
    expect(answer.headers["content-encoding"]).toBeUndefined();
  });

  it("comes with no header that holds a part of the key, nor a cookie", async () => {
    const answer = await answered(401, "no", {
      "x-echo": `Bearer ${REAL_KEY}`,
      "x-part": REAL_KEY.slice(3, 14),
      "set-cookie": "a=b",
      "x-fine": "1",
    });

    expect(Object.keys(answer.headers)).toEqual(["x-fine", "date", "content-length", "connection"]);
  });

  it("resets the client when the provider breaks off in its middle", async () => {
    upstream.answer((_request, response) => {
      response.writeHead(500, { "content-length": "100" });
      response.write("half", () => response.destroy());
    });

    await expect(broker.ask()).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  it("does not exist for HEAD", async () => {
    upstream.answer((_request, response) => response.writeHead(404, { "content-length": "5" }).end());
    const answer = await broker.ask({ method: "HEAD", path: "/openai/v1/models/x", body: null });

    expect([answer.status, answer.headers["content-length"], answer.body.length]).toEqual([404, "5", 0]);
  });
});
