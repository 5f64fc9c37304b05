// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from "node:crypto";
import { request, type IncomingMessage, type ServerResponse } from "node:http";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { eventually } from "../support/eventually.ts";
import { pour } from "../support/pour.ts";
import { sendRaw, statusesIn } from "../support/rawHttp.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { memoryOf } from "./support/daemonProcess.ts";
import { startExchangeBench, type ExchangeBench } from "./support/exchangeBench.ts";
import { startOwnDaemon, type OwnDaemon } from "./support/ownDaemon.ts";
import { openStream } from "./support/streams.ts";

const MEGABYTE = 1024 * 1024;
const folder = scratchFolder();
let bench: ExchangeBench;
beforeAll(async () => {
  bench = await startExchangeBench();
});
afterAll(() => bench.close());

describe("an answer of 1 GB", () => {
  let daemon: OwnDaemon;
  beforeEach(async () => {
    daemon = await startOwnDaemon(folder(), bench.upstream);
  });
  afterEach(() => daemon.close());

  /** Has so many MB sent to a workload that reads nothing until the provider has come to a stop, and then reads them all. */
  async function transfer(megabytes: number): Promise<{ stalledAt: number; stalledMemory: number; received: number }> {
    const arriving = bench.next();
    const opening = openAnswer(daemon);
    const { response } = await arriving;
    const sent = pour(response.writeHead(200), chunk, megabytes);
    const answer = await opening;
    const looks: number[] = [];
    // Ten looks in a row that find the same count.
    await eventually(
      () => looks.push(sent()),
      (count) => count > 10 && looks.at(-11) === looks.at(-1),
    );
    const [stalledAt, stalledMemory] = [sent(), await memoryOf(daemon.pid, "VmRSS")];
    let received = 0;
    for await (const part of answer) received += (part as Buffer).length;
    return { stalledAt, stalledMemory, received };
  }

  it("50 to a workload that does not read waits at the provider, and the daemon's memory grows by less than 20 MB", async () => {
    // The first one makes both processes allocate what they need once.
    await transfer(256);
    const growths: number[] = [];
    // What a collector has not come round to yet makes it grow now and then; what is kept of a body would make it grow each time.
    while (growths.length < 4 && !growths.some((growth) => growth < 20 * MEGABYTE)) {
      const before = await memoryOf(daemon.pid, "VmRSS");
      const peak = await memoryOf(daemon.pid, "VmHWM");
      const { stalledAt, stalledMemory, received } = await transfer(1024);
      growths.push(Math.max(stalledMemory - before, (await memoryOf(daemon.pid, "VmHWM")) - peak));

      // The buffers of four sockets in the kernel take some of it, whatever the daemon does.
      expect(stalledAt).toBeLessThan(64);
      expect(received).toBe(1024 * MEGABYTE);
    }
    expect(Math.min(...growths)).toBeLessThan(20 * MEGABYTE);
  });
});

const chunk = randomBytes(MEGABYTE);

function openAnswer({ brokerUrl, token }: OwnDaemon): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { "x-api-key": token, "content-length": "2" };
    const question = request(`${brokerUrl}/anthropic/v1/messages`, { method: "POST", agent: false, headers });
    question.once("error", reject).once("response", resolve).end("{}");
  });
}

describe("a body", () => {
  const plain = Buffer.from("an answer of a model, again and again; ".repeat(2000));

  it.each([
    ["gzip", gzipSync(plain)],
    ["br", brotliCompressSync(plain)],
    ["deflate", deflateSync(plain)],
    ["zstd", zstdCompressSync(plain)],
    ["a coding that nobody knows", randomBytes(10_000)],
  ])("50 that is compressed by %s passes byte for byte, with its length", async (coding, packed) => {
    bench.upstream.answer((asked, response) =>
      asked.resume().once("end", () => {
        response
          .writeHead(200, { "content-encoding": coding.split(" ")[0], "content-length": packed.length })
          .end(packed);
      }),
    );
    const { value, seen } = await bench.during(async () => {
      const stream = await openStream(bench.daemon, { headers: { "accept-encoding": "gzip, br, zstd" } });
      return [await stream.end, stream.answer.headers] as const;
    });
    const [{ text, error }, headers] = value;

    expect([Buffer.from(text, "latin1").equals(packed), error]).toEqual([true, null]);
    expect([headers["content-encoding"], headers["content-length"]]).toEqual([
      coding.split(" ")[0],
      String(packed.length),
    ]);
    expect(seen[0]?.headers["accept-encoding"]).toBe("gzip, br, zstd");
  });

  it("50 of the request, binary and of 20 MB, arrives byte for byte, by length and in chunks", async () => {
    const body = randomBytes(20 * MEGABYTE);
    bench.answerWell();
    for (const headers of [{ "content-length": String(body.length) }, { "transfer-encoding": "chunked" }]) {
      const { seen } = await bench.during(
        () =>
          new Promise<void>((resolve, reject) => {
            const question = request(
              `${bench.daemon.brokerUrl}/anthropic/v1/messages`,
              { method: "POST", agent: false, headers: { "x-api-key": bench.daemon.token, ...headers } },
              (answer) => answer.resume().once("end", () => resolve()),
            );
            question.once("error", reject);
            question.end(body);
          }),
      );
      const hash = (bytes: Buffer | undefined): string =>
        createHash("sha256")
          .update(bytes ?? "")
          .digest("hex");

      expect(hash(seen[0]?.body)).toBe(hash(body));
    }
  });

  it("50 followed by trailers passes with them", async () => {
    bench.upstream.answer((asked, response) =>
      asked.resume().once("end", () => {
        response.writeHead(200, { trailer: "x-checksum" });
        response.write("hello");
        response.addTrailers({ "x-checksum": "abc" });
        response.end();
      }),
    );
    const stream = await openStream(bench.daemon);

    expect(await stream.end).toEqual({ text: "hello", error: null });
    expect(stream.answer.trailers).toEqual({ "x-checksum": "abc" });
  });

  it.each([
    [204, {}],
    [304, { etag: '"v1"' }],
  ])("50 is not there with %i, and the next request on the connection is served", async (status, headers) => {
    bench.upstream.answer((asked, response) =>
      asked.resume().once("end", () => response.writeHead(status, headers).end()),
    );
    const line = `GET /anthropic/v1/models HTTP/1.1\r\nHost: 127.0.0.1:${bench.port}\r\nx-api-key: ${bench.daemon.token}\r\n`;
    const { text } = await sendRaw(bench.port, `${line}\r\n${line}Connection: close\r\n\r\n`);

    expect(statusesIn(text)).toEqual([status, status]);
    expect(text.toLowerCase()).not.toContain("transfer-encoding");
    expect(text.split("\r\n\r\n").filter((part) => part !== "" && !part.startsWith("HTTP/1.1"))).toEqual([]);
  });

  it.each<Record<string, string>>([{ "content-length": "1234" }, { "transfer-encoding": "chunked" }, {}])(
    "50 is not there for HEAD, whatever the provider says of its length: %j",
    async (headers) => {
      bench.upstream.answer((_asked, response) => response.writeHead(200, headers).end());
      const { text } = await bench.raw("HEAD /anthropic/v1/models HTTP/1.1", [`x-api-key: ${bench.daemon.token}`]);

      expect(statusesIn(text)).toEqual([200]);
      expect(text.endsWith("\r\n\r\n")).toBe(true);
      expect(text.indexOf("\r\n\r\n")).toBe(text.length - 4);
      const [, length] = /content-length: (\d+)\r\n/i.exec(text) ?? [];
      expect(length).toBe(headers["content-length"]);
    },
  );

  it("50 that is announced by Expect is asked for once the request is known to be good, and not before", async () => {
    bench.answerWell();
    const head = (key: string): string =>
      `POST /anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${bench.port}\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\nx-api-key: ${key}\r\n\r\n`;
    const good = await bench.during(() => sendRaw(bench.port, head(bench.daemon.token), "{}"));
    const bad = await bench.during(() => sendRaw(bench.port, head("wrong")));

    expect([statusesIn(good.value.text), good.seen[0]?.headers.expect]).toEqual([[100, 200], undefined]);
    expect([statusesIn(bad.value.text), bad.seen]).toEqual([[401], []]);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ["100", (response) => response.writeContinue()],
    ["102", (response) => response.writeProcessing()],
    ["103", (response) => response.writeEarlyHints({ link: "</style.css>; rel=preload" })],
  ])("50 that comes after an interim %s of the provider is the one that the workload gets", async (_name, interim) => {
    bench.upstream.answer((asked, response) =>
      asked.resume().once("end", () => {
        interim(response);
        interim(response);
        response.writeHead(200).end("at last");
      }),
    );
    const stream = await openStream(bench.daemon);

    expect([stream.answer.statusCode, await stream.end]).toEqual([200, { text: "at last", error: null }]);
  });
});
