// SPDX-License-Identifier: Apache-2.0
import { isIPv4, isIPv6 } from "node:net";

/** Lower-case names without a final dot, each with its IPv4 and IPv6 addresses. Looked up at each query, so it may change. */
export type DnsRecords = ReadonlyMap<string, readonly string[]>;

/** The one question of a query. */
export interface DnsQuestion {
  /** Lower case, labels joined by dots; a dot inside a label is escaped as `\.`. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** Offset of the first byte after the question. */
  readonly end: number;
}

const headerLength = 12;
const types = { a: 1, aaaa: 28, any: 255 };
const classes = { internet: 1, any: 255 };
const codes = { none: 0, format: 1, missing: 3, notImplemented: 4, refused: 5 };
const flags = { response: 0x8000, authoritative: 0x0400, truncated: 0x0200, recursionDesired: 0x0100 };

/** Seconds that an answer may be cached: short, because tests change the table. */
const timeToLive = 5;

/**
 * Answers one DNS message out of the records; `limit` is the size in bytes above which an answer is cut (512 over UDP).
 * @returns null for what deserves no answer: too short for a header, or itself a response.
 */
export function answerDns(message: Buffer, records: DnsRecords, limit: number): Buffer | null {
  if (message.length < headerLength || (message.readUInt16BE(2) & flags.response) !== 0) return null;
  if (((message.readUInt16BE(2) >> 11) & 0xf) !== 0) return render(message, null, codes.notImplemented, [], limit);
  const question = readQuestion(message);
  if (question === null) return render(message, null, codes.format, [], limit);
  if (question.class !== classes.internet && question.class !== classes.any) {
    return render(message, question, codes.refused, [], limit);
  }
  const addresses = records.get(question.name);
  const code = addresses === undefined ? codes.missing : codes.none;
  return render(message, question, code, resourceRecords(question.type, addresses ?? []), limit);
}

/** Reads the question of a query that has exactly one; null when it has another number or is malformed. */
export function readQuestion(message: Buffer): DnsQuestion | null {
  if (message.length < headerLength || message.readUInt16BE(4) !== 1) return null;
  const name = readName(message, headerLength);
  if (name === null || name.end + 4 > message.length) return null;
  const type = message.readUInt16BE(name.end);
  return { name: name.text, type, class: message.readUInt16BE(name.end + 2), end: name.end + 4 };
}

/**
 * Reads a name at an offset; null when it is malformed. A compression pointer must lead to before the place where the labels that
 * contain it began, so following pointers always ends.
 */
export function readName(message: Buffer, start: number): { readonly text: string; readonly end: number } | null {
  const labels: string[] = [];
  let end: number | null = null;
  let from = start;
  let offset = start;
  // A name has at most 255 bytes, and each label takes its length byte as well.
  for (let length = 1; length <= 255;) {
    const byte = message[offset];
    if (byte === undefined) return null;
    if (byte === 0) return { text: labels.join("."), end: end ?? offset + 1 };
    if (byte >= 0xc0) {
      const low = message[offset + 1];
      if (low === undefined) return null;
      const target = ((byte & 0x3f) << 8) | low;
      if (target < headerLength || target >= from) return null;
      end ??= offset + 2;
      from = offset = target;
      continue;
    }
    if (byte > 63 || offset + 1 + byte > message.length) return null;
    labels.push(labelText(message.subarray(offset + 1, offset + 1 + byte)));
    length += byte + 1;
    offset += byte + 1;
  }
  return null;
}

function labelText(label: Buffer): string {
  return label
    .toString("latin1")
    .replace(/[.\\]/g, "\\$&")
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** The bytes after the owner name of each matching record. */
function resourceRecords(type: number, addresses: readonly string[]): readonly Buffer[] {
  const wanted = (kind: number): boolean => type === kind || type === types.any;
  const four = wanted(types.a) ? addresses.filter(isIPv4).map((text) => record(types.a, ipv4Bytes(text))) : [];
  const six = wanted(types.aaaa) ? addresses.filter(isIPv6).map((text) => record(types.aaaa, ipv6Bytes(text))) : [];
  return [...four, ...six];
}

function record(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc000 | headerLength, 0); // the owner is the question's name
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(classes.internet, 4);
  head.writeUInt32BE(timeToLive, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function ipv4Bytes(text: string): Buffer {
  return Buffer.from(text.split(".").map(Number));
}

function ipv6Bytes(text: string): Buffer {
  // The URL parser writes every IPv6 form, also one with an IPv4 tail, as hexadecimal groups with at most one "::".
  const [head = "", tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split("::");
  const groups = (part: string | undefined): string[] => (part === undefined || part === "" ? [] : part.split(":"));
  const before = groups(head);
  const after = groups(tail);
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, "0")).join(""), "hex");
}

function render(
  message: Buffer,
  question: DnsQuestion | null,
  code: number,
  answers: readonly Buffer[],
  limit: number,
): Buffer {
  const asked = question === null ? Buffer.alloc(0) : message.subarray(headerLength, question.end);
  const size = answers.reduce((sum, answer) => sum + answer.length, headerLength + asked.length);
  const kept = size > limit ? [] : answers;
  const header = Buffer.alloc(headerLength);
  const copied = message.readUInt16BE(2) & (0x7800 | flags.recursionDesired);
  header.writeUInt16BE(message.readUInt16BE(0), 0);
  header.writeUInt16BE(flags.response | flags.authoritative | copied | (size > limit ? flags.truncated : 0) | code, 2);
  header.writeUInt16BE(question === null ? 0 : 1, 4);
  header.writeUInt16BE(kept.length, 6);
  return Buffer.concat([header, asked, ...kept]);
}
