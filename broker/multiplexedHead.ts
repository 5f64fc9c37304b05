// SPDX-License-Identifier: Apache-2.0
import type { OutgoingHttpHeaders } from "node:http2";
import { answerFault, parseHeaderLines, type AnswerHead } from "./answerHead.ts";
import type { UpstreamHead } from "./upstreamChannel.ts";

const STATUS = /^[2-5]\d\d$/;
const LENGTH = /^\d{1,15}$/;
// HTTP/2 has no connection headers, and a `:` stands for parts of the first line only.
const FOREIGN = /^(?::.*|connection|keep-alive|proxy-connection|transfer-encoding|upgrade)$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const NOT_SENT: ReadonlySet<string> = new Set(["host", "transfer-encoding", "connection"]);

/**
 * The head of a request as `node:http2` takes it, with `sensitive` as the names of headers that no table of a connection may hold.
 * @throws Error when a header has control characters
 */
export function renderMultiplexedHead({ method, path, headers }: UpstreamHead): OutgoingHttpHeaders {
  const rendered: Record<string, string | string[]> = { ":method": method, ":scheme": "https", ":path": path };
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = (headers[index] ?? "").toLowerCase();
    const value = headers[index + 1] ?? "";
    if (!VALUE.test(value)) throw new Error("cannot send a header with control characters");
    if (name === "host") rendered[":authority"] = value;
    if (NOT_SENT.has(name)) continue;
    const before = rendered[name];
    rendered[name] = before === undefined ? value : [...[before].flat(), value];
  }
  return rendered;
}

/** Reads the head of an answer from the flat list of `node:http2`. @throws Error with the code ANSWER_FAULT */
export function readMultiplexedHead(raw: readonly string[]): AnswerHead {
  const [name, status = "", ...rest] = raw;
  if (name !== ":status" || !STATUS.test(status)) throw answerFault("its status is malformed");
  const rawHeaders = readMultiplexedHeaders(rest);
  const lengths = rawHeaders.filter((one, index) => index % 2 === 1 && rawHeaders[index - 1] === "content-length");
  if (lengths.length > 1 || !lengths.every((length) => LENGTH.test(length)))
    throw answerFault("its length is no number");
  const { STATUS_CODES } = process.getBuiltinModule("node:http");
  return { status: Number(status), message: STATUS_CODES[status] ?? "", rawHeaders };
}

/** Checks headers or trailers by the rules for HTTP/1.1, and that none is of the connection's. @throws Error with the code ANSWER_FAULT */
export function readMultiplexedHeaders(raw: readonly string[]): readonly string[] {
  if (raw.length === 0) return [];
  const lines: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? "";
    if (FOREIGN.test(name) || name !== name.toLowerCase()) throw answerFault("a header is malformed");
    lines.push(`${name}:${raw[index + 1] ?? ""}`);
  }
  return parseHeaderLines(lines.join("\r\n"));
}
