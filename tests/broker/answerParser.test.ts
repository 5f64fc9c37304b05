// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { ANSWER_FAULT, type AnswerHead } from "../../broker/answerHead.ts";
import { AnswerParser } from "../../broker/answerParser.ts";

interface Parsed {
  readonly heads: AnswerHead[];
  body: string;
  trailers: readonly string[] | undefined;
  surplus: number;
  keepAlive: number | undefined;
  isDone: boolean;
}

/** Feeds the pieces; `close` also ends the connection. */
function parse(pieces: readonly string[], { method = "GET", close = false } = {}): Parsed {
  const parsed: Parsed = { heads: [], body: "", trailers: undefined, surplus: 0, keepAlive: undefined, isDone: false };
  const parser = new AnswerParser(method, {
    head: (head) => parsed.heads.push(head),
    body: (data) => (parsed.body += data.toString("latin1")),
    end: (trailers) => {
      if (parsed.trailers !== undefined) throw new Error("ended twice");
      parsed.trailers = trailers;
    },
  });
  for (const piece of pieces) parsed.surplus += parser.push(Buffer.from(piece, "latin1"));
  if (close) parser.close();
  return Object.assign(parsed, { isDone: parser.isDone(), keepAlive: parser.keepAlive });
}

function fault(pieces: readonly string[], options: Parameters<typeof parse>[1] = {}): unknown {
  try {
    return parse(pieces, options);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

/** Cuts a text at every place that a list of numbers names. */
function cut(text: string, places: readonly number[]): string[] {
  const at = [0, ...places.map((place) => place % (text.length + 1)), text.length].sort((a, b) => a - b);
  return at.slice(1).map((end, index) => text.slice(at[index], end));
}

const CHUNKED =
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A:  b \r\n\r\n5\r\nhello\r\n6;x=1\r\n world\r\n0\r\nX-T: 1\r\n\r\n";

describe("an answer", () => {
  it("of known length is read up to its length", () => {
    expect(parse(["HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"])).toEqual({
      heads: [{ status: 200, message: "OK", rawHeaders: ["content-length", "5"] }],
      body: "hello",
      trailers: [],
      surplus: 0,
      keepAlive: undefined,
      isDone: true,
    });
  });

  it("in chunks is put together, with its trailers", () => {
    expect(parse([CHUNKED])).toMatchObject({
      heads: [{ rawHeaders: ["Transfer-Encoding", "chunked", "X-A", "b"] }],
      body: "hello world",
      trailers: ["X-T", "1"],
      isDone: true,
    });
  });

  it("without either lasts until the connection ends, which is then not used again", () => {
    const pieces = ["HTTP/1.1 200\r\n\r\n", "a", "b"];
    expect(parse(pieces)).toMatchObject({ body: "ab", isDone: false, heads: [{ message: "", rawHeaders: [] }] });
    expect(parse(pieces, { close: true })).toMatchObject({ body: "ab", trailers: [], isDone: true, keepAlive: 0 });
  });

  it.each([
    ["HEAD", 200],
    ["GET", 204],
    ["GET", 304],
  ])("to %s with status %i has no body, whatever its length says", (method, status) => {
    const text = `HTTP/1.1 ${status} X\r\ncontent-length: 12\r\n\r\n`;
    expect(parse([text], { method })).toMatchObject({ body: "", isDone: true, surplus: 0 });
  });

  it("comes after any interim answers, which are dropped", () => {
    const text =
      "HTTP/1.1 103 Early\r\nlink: a\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    expect(parse([text])).toMatchObject({ heads: [{ status: 200 }], isDone: true, surplus: 0 });
  });

  it("says what comes behind it, and takes none of it", () => {
    const text = "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\naHTTP/1.1 200 OK\r\n";
    expect(parse([text])).toMatchObject({ body: "a", surplus: 17, isDone: true });
    expect(parse([`${CHUNKED}x`])).toMatchObject({ body: "hello world", surplus: 1 });
    expect(parse(["HTTP/1.1 204 X\r\n\r\n!"])).toMatchObject({ body: "", surplus: 1 });
  });

  it("is the same however the network cuts it", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 12 }), (places) => {
        expect(parse(cut(CHUNKED, places))).toEqual(parse([CHUNKED]));
      }),
    );
  });

  it("carries any bytes in any chunks", () => {
    const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 });
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(400), { maxLength: 8 }), (chunks, places) => {
        const texts = chunks.map((chunk) => Buffer.from(chunk).toString("latin1"));
        const wire = texts.map((text) => `${text.length.toString(16)}\r\n${text}\r\n`).join("");
        const whole = `HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n${wire}0\r\n\r\n`;
        expect(parse(cut(whole, places))).toMatchObject({ body: texts.join(""), isDone: true, surplus: 0 });
      }),
    );
  });

  it.each([
    ["connection: close", 0],
    ["Connection: foo , Close", 0],
    ["keep-alive: timeout=5, max=100", 5000],
    ["Keep-Alive: max=3, timeout=60", 60_000],
    ["x-keep: 1", undefined],
  ])("with %s may be followed by another for %p ms", (line, keepAlive) => {
    expect(parse([`HTTP/1.1 200 OK\r\ncontent-length: 0\r\n${line}\r\n\r\n`]).keepAlive).toBe(keepAlive);
  });
});

describe("an answer that two readers could take for two things", () => {
  const after = (lines: string): string[] => [`HTTP/1.1 200 OK\r\n${lines}\r\n\r\n`];
  const chunks = (text: string): string[] => [`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${text}`];

  it.each<[string, readonly string[]]>([
    ["has no status line", ["hello\r\n\r\n"]],
    ["is of HTTP/1.0", ["HTTP/1.0 200 OK\r\n\r\n"]],
    ["is of HTTP/2", ["HTTP/2 200\r\n\r\n"]],
    ["has a status of two digits", ["HTTP/1.1 20 OK\r\n\r\n"]],
    ["has a status of 600", ["HTTP/1.1 600 OK\r\n\r\n"]],
    ["has a control character in its status line", ["HTTP/1.1 200 O\u0000K\r\n\r\n"]],
    ["switches protocols", ["HTTP/1.1 101 Switching\r\nupgrade: websocket\r\n\r\n"]],
    ["is interim without end", ["HTTP/1.1 103 Early\r\n\r\n".repeat(17)]],
    ["has both a length and chunks", after("content-length: 1\r\ntransfer-encoding: chunked")],
    ["has two lengths", after("content-length: 1\r\ncontent-length: 2")],
    ["has the same length twice", after("content-length: 1\r\ncontent-length: 1")],
    ["has a list of lengths", after("content-length: 1, 1")],
    ["has a signed length", after("content-length: +1")],
    ["has a hexadecimal length", after("content-length: 0x1")],
    ["has an empty length", after("content-length:")],
    ["has two codings", after("transfer-encoding: gzip, chunked")],
    ["has a coding twice", after("transfer-encoding: chunked\r\ntransfer-encoding: chunked")],
    ["has an unknown coding", after("transfer-encoding: xchunked")],
    ["has a space before a colon", after("content-length : 1")],
    ["folds a header", after("a: b\r\n c: d")],
    ["has a line without a colon", after("content-length")],
    ["has a header without a name", after(": a")],
    ["has a bare line feed", after("a: b\nc: d")],
    ["has a bare carriage return", after("a: b\rc: d")],
    ["has a zero byte", after("a: \u0000")],
    ["has 201 headers", after(Array.from({ length: 201 }, (_, index) => `a${index}: b`).join("\r\n"))],
    ["has a head of more than 64 KiB", [`HTTP/1.1 200 OK\r\na: ${"x".repeat(65_536)}`]],
    ["has a chunk without a size", chunks("\r\n")],
    ["has a negative chunk", chunks("-1\r\n")],
    ["has a chunk size with a prefix", chunks("0x1\r\na\r\n")],
    ["has a chunk size with a space before it", chunks(" 1\r\na\r\n")],
    ["has a chunk size of nine digits", chunks("000000001\r\na\r\n")],
    ["has a chunk size that ends in a bare line feed", chunks("1\na\r\n")],
    ["has a chunk extension with a control character", chunks("1;\u0001\r\na\r\n")],
    ["has a chunk extension without end", chunks(`1;${"x".repeat(300)}`)],
    ["has a chunk longer than it says", chunks("1\r\nab\r\n")],
    ["has a chunk that ends in a bare line feed", chunks("1\r\na\n0\r\n\r\n")],
    ["has a malformed trailer", chunks("0\r\na b: c\r\n\r\n")],
    ["has trailers of more than 16 KiB", chunks(`0\r\n${"a: bcdefgh\r\n".repeat(2000)}\r\n`)],
  ])("is refused when it %s", (_name, pieces) => {
    expect(fault(pieces)).toBe(ANSWER_FAULT);
  });

  it.each<[string, readonly string[]]>([
    ["before its head", []],
    ["in its head", ["HTTP/1.1 200 OK\r\n"]],
    ["before its length is there", ["HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhell"]],
    ["in a chunk", chunks("5\r\nhel")],
    ["before the last chunk", chunks("1\r\na\r\n")],
    ["in its trailers", chunks("0\r\nx: 1\r\n")],
  ])("is refused when the connection ends %s", (_name, pieces) => {
    expect(fault(pieces, { close: true })).toBe(ANSWER_FAULT);
  });

  it("takes no longer for blanks than for anything else of their length", () => {
    const blanks = " \t".repeat(30_000);
    const text = `HTTP/1.1 200 OK\r\nconnection:${blanks}close${blanks.slice(0, 100)}\r\n\r\n`;

    expect(parse([text])).toMatchObject({ heads: [{ rawHeaders: ["connection", "close"] }], keepAlive: 0 });
  });

  it("never makes the parser say anything but a fault, whatever comes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), (pieces) => {
        const texts = pieces.map((piece) => Buffer.from(piece).toString("latin1"));
        const result = fault(["HTTP/1.1 200 OK\r\n", ...texts], { close: true });
        expect(typeof result === "object" || result === ANSWER_FAULT).toBe(true);
      }),
    );
  });
});
