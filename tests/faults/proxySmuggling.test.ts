// SPDX-License-Identifier: Apache-2.0
import { sendRaw, statusesIn } from "../support/rawHttp.ts";
import { keyFor, startExchangeBench, type ExchangeBench } from "./support/exchangeBench.ts";

let bench: ExchangeBench;
beforeAll(async () => {
  bench = await startExchangeBench();
  bench.answerWell();
});
afterAll(() => bench.close());

const GOOD = "POST /anthropic/v1/messages HTTP/1.1";
const SECOND = "POST /anthropic/v1/messages HTTP/1.1\r\nHost: @\r\nx-api-key: <token>\r\nContent-Length: 2\r\n\r\n{}";
const own = (text: string): string =>
  text.replaceAll("@", `127.0.0.1:${bench.port}`).replaceAll("<token>", bench.daemon.token);

/** Statuses that came back, and how many requests reached the provider. */
async function smuggle(
  headers: readonly string[],
  body: string,
  line = GOOD,
): Promise<readonly [readonly number[], number]> {
  const head = [line, "Host: @", "x-api-key: <token>", ...headers, "", ""].join("\r\n");
  const { value, seen } = await bench.during(() => sendRaw(bench.port, own(head + body)));
  return [statusesIn(value.text), seen.length];
}

describe("a request that two servers would split in two ways", () => {
  const chunked = `0\r\n\r\n${SECOND}`;

  it.each<[string, readonly string[], string]>([
    ["CL.TE", ["Content-Length: 6", "Transfer-Encoding: chunked"], chunked],
    ["TE.CL", ["Transfer-Encoding: chunked", "Content-Length: 4"], `5c\r\n${SECOND}\r\n0\r\n\r\n`],
    ["CL.TE with a length of none", ["Content-Length: 0", "Transfer-Encoding: chunked"], chunked],
    ["TE.TE, twice the same", ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], chunked],
    ["TE.TE, the other one none", ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], chunked],
    ["TE.TE, the first one none", ["Transfer-Encoding: x", "Transfer-Encoding: chunked"], chunked],
    ["TE in a list", ["Transfer-Encoding: gzip, chunked"], chunked],
    ["TE in a list that ends with another", ["Transfer-Encoding: chunked, identity"], chunked],
    ["TE with a prefix", ["Transfer-Encoding: xchunked"], chunked],
    ["TE in quotes", ['Transfer-Encoding: "chunked"'], chunked],
    ["TE with a parameter", ["Transfer-Encoding: chunked;q=1"], chunked],
    ["TE with a vertical tab", ["Transfer-Encoding: \vchunked"], chunked],
    ["TE with a form feed", ["Transfer-Encoding: chunked\f"], chunked],
    ["TE with a space before its colon", ["Transfer-Encoding : chunked"], chunked],
    ["TE behind a line feed", ["X: y\nTransfer-Encoding: chunked", "Content-Length: 0"], chunked],
    ["TE behind a fold", ["X: y", " Transfer-Encoding: chunked", "Content-Length: 0"], chunked],
    ["TE with an underscore", ["Transfer_Encoding: chunked", "Content-Length: 5"], chunked],
    ["two lengths", ["Content-Length: 2", "Content-Length: 100"], `{}${SECOND}`],
    ["two lengths in one", ["Content-Length: 2, 100"], `{}${SECOND}`],
    ["a length with a plus", ["Content-Length: +2"], `{}${SECOND}`],
    ["a length with a minus", ["Content-Length: -2"], `{}${SECOND}`],
    ["a length in hexadecimal", ["Content-Length: 0x2"], `{}${SECOND}`],
    ["a length with a point", ["Content-Length: 2.0"], `{}${SECOND}`],
    ["a length beyond all bounds", ["Content-Length: 18446744073709551618"], `{}${SECOND}`],
    ["an empty length", ["Content-Length: "], SECOND],
    ["a length with an underscore", ["Content_Length: 100", "Content-Length: 2"], `{}${SECOND}`],
    ["a chunk size in another base", ["Transfer-Encoding: chunked"], `0x2\r\n{}\r\n${chunked}`],
    ["a chunk size with a sign", ["Transfer-Encoding: chunked"], `+2\r\n{}\r\n${chunked}`],
    ["a negative chunk size", ["Transfer-Encoding: chunked"], `-1\r\n{}\r\n${chunked}`],
    ["a chunk size that overflows", ["Transfer-Encoding: chunked"], `10000000000000002\r\n{}\r\n${chunked}`],
    ["a chunk size with a space in front", ["Transfer-Encoding: chunked"], ` 2\r\n{}\r\n${chunked}`],
    ["an empty chunk size", ["Transfer-Encoding: chunked"], `\r\n{}\r\n${chunked}`],
    ["a chunk longer than its size", ["Transfer-Encoding: chunked"], `1\r\n{}\r\n${chunked}`],
    ["a chunk without its end", ["Transfer-Encoding: chunked"], `2\r\n{}${chunked}`],
    ["a chunk that ends with a line feed", ["Transfer-Encoding: chunked"], `2\n{}\n0\n\n${SECOND}`],
    ["a chunk extension with a line feed", ["Transfer-Encoding: chunked"], `2;a\nb\r\n{}\r\n${chunked}`],
    ["a chunk extension with a carriage return", ["Transfer-Encoding: chunked"], `2;a\rb\r\n{}\r\n${chunked}`],
    ["a chunk extension with a NUL", ["Transfer-Encoding: chunked"], `2;a\0\r\n{}\r\n${chunked}`],
    ["a chunk extension of 64 KB", ["Transfer-Encoding: chunked"], `2;${"a".repeat(65_536)}\r\n{}\r\n${chunked}`],
  ])("46 by %s never becomes two requests, and none reaches the provider", async (_name, headers, body) => {
    const [statuses, count] = await smuggle(headers, body);

    expect(count).toBe(0);
    // By the parser, by us, or (when the fault comes after a good head) a connection that just ends.
    expect([[], [400], [413], [431]]).toContainEqual(statuses);
  });

  it("46 by a good chunk extension reaches the provider once, without it", async () => {
    const body = "2;name=value\r\n{}\r\n0\r\n\r\n";
    const work = (): Promise<unknown> =>
      bench.raw(GOOD, [own("x-api-key: <token>"), "Transfer-Encoding: chunked"], body);
    const { seen } = await bench.during(work);

    expect(seen.map((request) => request.body.toString())).toEqual(["{}"]);
  });

  it("46 by pipelining is judged request by request, with a key for the good ones only", async () => {
    const good = own(SECOND);
    const bad = good.replace("messages", "files").replace("\r\nx-api", "\r\nConnection: close\r\nx-api");
    const { value, seen } = await bench.during(() => sendRaw(bench.port, good + good + bad));

    expect(statusesIn(value.text)).toEqual([200, 200, 403]);
    expect(seen.map(({ url }) => url)).toEqual(["/v1/messages", "/v1/messages"]);
  });
});

describe("a request for another host", () => {
  it.each<[string, string, readonly number[]]>([
    ["absolute form", "POST http://evil.example/v1/messages HTTP/1.1", [400]],
    ["absolute form with the provider's path", "POST http://evil.example/anthropic/v1/messages HTTP/1.1", [400]],
    ["absolute form to the broker itself", "POST http://@/anthropic/v1/messages HTTP/1.1", [400]],
    ["absolute form in upper case", "POST HTTPS://evil.example/anthropic/v1/messages HTTP/1.1", [400]],
    ["an authority in the path", "POST //evil.example/anthropic/v1/messages HTTP/1.1", [400]],
    ["a user in the path", "POST /anthropic@evil.example/v1/messages HTTP/1.1", [400]],
    ["a backslash", "POST /anthropic\\evil.example/v1/messages HTTP/1.1", [400]],
    ["an escaped slash", "POST /anthropic%2f..%2fevil/v1/messages HTTP/1.1", [400]],
    ["dot segments", "POST /anthropic/v1/../../openai/v1/messages HTTP/1.1", [400]],
    ["a fragment", "POST /anthropic/v1/messages#@evil.example HTTP/1.1", [400]],
    ["a host in a query", "POST /anthropic/v1/files?host=evil.example HTTP/1.1", [403]],
    ["CONNECT", "CONNECT evil.example:443 HTTP/1.1", [405]],
    ["CONNECT to a provider", "CONNECT api.anthropic.com:443 HTTP/1.1", [405]],
    ["CONNECT to the broker", "CONNECT @ HTTP/1.1", [405]],
    ["the asterisk", "OPTIONS * HTTP/1.1", [405]],
    ["TRACE", "TRACE /anthropic/v1/messages HTTP/1.1", [405]],
    ["HTTP/1.0", "POST /anthropic/v1/messages HTTP/1.0", [400]],
    ["HTTP/0.9", "GET /anthropic/v1/models", [400]],
  ])("46 by %s is refused, and no key goes anywhere", async (_name, line, statuses) => {
    const work = (): ReturnType<ExchangeBench["raw"]> =>
      bench.raw(own(line), [own("x-api-key: <token>"), "Content-Length: 0"]);
    const { value, seen } = await bench.during(work);

    expect([statusesIn(value.text), seen]).toEqual([statuses, []]);
    expect(value.text).not.toContain(keyFor("anthropic"));
  });

  it.each([
    ["Host", ["Host: evil.example"]],
    ["a second Host", ["Host: @", "Host: evil.example"]],
    ["no Host", []],
  ])("46 by %s is refused", async (_name, hosts) => {
    const head = [GOOD, ...hosts, "x-api-key: <token>", "Connection: close", "Content-Length: 2", "", ""].join("\r\n");
    const { value, seen } = await bench.during(() => sendRaw(bench.port, own(`${head}{}`)));

    expect([[400], [421]]).toContainEqual(statusesIn(value.text));
    expect(seen).toEqual([]);
  });

  it.each(["X-Forwarded-Host", "X-Forwarded-Server", "X-Host", "Forwarded", "X-Original-URL", "X-Rewrite-URL"])(
    "46 by %s goes to the provider all the same",
    async (name) => {
      const headers = [own("x-api-key: <token>"), `${name}: evil.example`, "Content-Length: 2"];
      const { value, seen } = await bench.during(() => bench.raw(GOOD, headers, "{}"));

      expect(statusesIn(value.text)).toEqual([200]);
      expect(seen.map(({ headers: { host }, url }) => [host, url])).toEqual([
        [new URL(bench.upstream.origin).host, "/v1/messages"],
      ]);
    },
  );
});
