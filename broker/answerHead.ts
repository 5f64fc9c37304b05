// SPDX-License-Identifier: Apache-2.0

/** Status line and headers of a provider's answer. */
export interface AnswerHead {
  readonly status: number;
  /** Text after the status; may be empty. */
  readonly message: string;
  /** Names and values in turns, as they stood on the wire. */
  readonly rawHeaders: readonly string[];
}

/** How an answer's body is delimited; a number is its length in bytes. */
export type AnswerFraming = number | "chunked" | "until-close";

/** Error code of an answer that is not strictly HTTP/1.1. */
export const ANSWER_FAULT = "ERR_CLAWS_ANSWER";

const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const LINES = /^[\t\x20-\x7e\x80-\xff]*(?:\r\n[\t\x20-\x7e\x80-\xff]*)*$/;
const LENGTH = /^\d{1,15}$/;
const CLOSE = /(?:^|,)[\t ]*close[\t ]*(?:,|$)/i;
const MOST_HEADERS = 200;

/** The error of an answer that cannot be trusted to mean what it seems to mean. */
export function answerFault(what: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`cannot read the provider's answer: ${what}`), { code: ANSWER_FAULT });
}

/**
 * Reads a head, given as Latin-1 text without the empty line at its end. Takes no folded lines, no space before a colon, no control
 * characters and no line that ends in anything but CRLF. @throws Error with the code ANSWER_FAULT
 */
export function parseAnswerHead(text: string): AnswerHead {
  const end = text.indexOf("\r\n");
  const [, status, message = ""] = STATUS_LINE.exec(end === -1 ? text : text.slice(0, end)) ?? [];
  if (status === undefined) throw answerFault("its status line is malformed");
  return { status: Number(status), message, rawHeaders: end === -1 ? [] : parseHeaderLines(text.slice(end + 2)) };
}

/** Reads header or trailer lines into a flat list, by the same rules. @throws Error with the code ANSWER_FAULT */
export function parseHeaderLines(text: string): string[] {
  if (!LINES.test(text)) throw answerFault("a header is malformed");
  const flat: string[] = [];
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon));
    if (!NAME.test(name)) throw answerFault("a header is malformed");
    flat.push(name, trimBlanks(line.slice(colon + 1)));
  }
  if (flat.length > 2 * MOST_HEADERS) throw answerFault("it has too many headers");
  return flat;
}

/** A pattern would take time in the square of a long run of blanks. */
function trimBlanks(value: string): string {
  let [start, end] = [0, value.length];
  while (start < end && isBlank(value.charCodeAt(start))) start += 1;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end -= 1;
  return start === 0 && end === value.length ? value : value.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/**
 * How the body ends. Two headers that say it, or a coding other than chunked, are refused: another reader may see another end.
 * @throws Error with the code ANSWER_FAULT
 */
export function readAnswerFraming({ status, rawHeaders }: AnswerHead, method: string): AnswerFraming {
  const codings = valuesOf(rawHeaders, "transfer-encoding");
  const lengths = valuesOf(rawHeaders, "content-length");
  const [coding] = codings;
  const [length] = lengths;
  if (codings.length + lengths.length > 1) throw answerFault("its length is given twice");
  if (coding !== undefined && coding.toLowerCase() !== "chunked") throw answerFault("it has an unknown coding");
  if (length !== undefined && !LENGTH.test(length)) throw answerFault("its length is no number");
  if (method === "HEAD" || status === 204 || status === 304) return 0;
  if (coding !== undefined) return "chunked";
  return length === undefined ? "until-close" : Number(length);
}

/** Milliseconds for which the provider keeps the connection after this answer: 0 for not at all, undefined where it does not say. */
export function readKeepAlive({ rawHeaders }: AnswerHead): number | undefined {
  for (const value of valuesOf(rawHeaders, "connection")) if (CLOSE.test(value)) return 0;
  const told = valuesOf(rawHeaders, "keep-alive");
  if (told.length === 0) return undefined;
  const [, seconds] = /(?:^|[\t ,])timeout=(\d{1,6})/i.exec(told.join()) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

function valuesOf(rawHeaders: readonly string[], wanted: string): string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (name.length === wanted.length && name.toLowerCase() === wanted) values.push(rawHeaders[index + 1] ?? "");
  }
  return values;
}
