// SPDX-License-Identifier: Apache-2.0
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { errorText } from "./errorText.ts";

/** Reads a stream in pieces of a wanted length. */
interface ByteReader {
  /** Exactly `length` bytes, or undefined at the clean end of the stream. @throws when the stream ends in between. */
  read(length: number): Promise<Buffer | undefined>;
}

interface Member {
  readonly path: string;
  readonly size: number;
  readonly type: string;
}

const block = 512;
const pieceSize = 2 ** 20;
const maximumUnpacked = 2 ** 32;

/**
 * Takes single files out of a gzip-compressed tar archive: `wanted` maps a member's path to the new file it becomes.
 * Members decide neither names nor places of files, and the whole archive is read so that a damaged one is noticed.
 *
 * @returns the member paths that were found.
 * @throws when the archive is damaged, has a member outside its own folder, or a wanted member is no plain file.
 */
export async function extractFiles(archive: string, wanted: ReadonlyMap<string, string>): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  try {
    await pipeline(createReadStream(archive), createGunzip(), async (stream: AsyncIterable<Buffer>) => {
      const reader = createReader(stream);
      for await (const member of members(reader)) {
        const target = wanted.get(member.path);
        if (target !== undefined && !found.has(member.path)) {
          found.add(member.path);
          await writeMember(reader, member, target);
        } else {
          await skip(reader, member.size);
        }
      }
    });
  } catch (error) {
    throw new Error(`cannot unpack "${archive}": ${errorText(error)}`, {
      cause: error,
    });
  }
  return found;
}

/** Yields each member; the consumer must read its content (padded to 512 bytes) before asking for the next. */
async function* members(reader: ByteReader): AsyncGenerator<Member> {
  let longPath: string | undefined;
  let unpacked = 0;
  for (let header = await reader.read(block); header !== undefined; header = await reader.read(block)) {
    if (header.every((byte) => byte === 0)) continue;
    const member = parseHeader(header);
    unpacked += member.size;
    if (unpacked > maximumUnpacked) throw new Error("it unpacks to more than 4 GiB");
    if ("xL".includes(member.type)) {
      const content = await readWhole(reader, member.size);
      longPath = member.type === "L" ? untilZero(content) : (paxPath(content) ?? longPath);
      continue;
    }
    const path = longPath ?? member.path;
    longPath = undefined;
    checkPath(path);
    yield { ...member, path: path.replace(/^(?:\.\/)+/, "") };
  }
}

function parseHeader(header: Buffer): Member {
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (sum !== parseOctal(header.subarray(148, 156))) throw new Error("a header's checksum is wrong");
  const prefix = header.subarray(257, 262).toString("latin1") === "ustar" ? untilZero(header.subarray(345, 500)) : "";
  const name = untilZero(header.subarray(0, 100));
  const type = String.fromCharCode(header[156] ?? 0);
  return { path: prefix === "" ? name : `${prefix}/${name}`, size: parseOctal(header.subarray(124, 136)), type };
}

function parseOctal(field: Buffer): number {
  const text = untilZero(field).trim();
  if (!/^[0-7]{1,12}$/.test(text)) throw new Error("a header has a bad number");
  return Number.parseInt(text, 8);
}

function untilZero(field: Buffer): string {
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? field.length : end).toString("utf8");
}

/** Value of the `path` record of a pax header, whose records are "<length> <key>=<value>\n". */
function paxPath(content: Buffer): string | undefined {
  return /(?:^|\n)\d+ path=(?<path>[^\n]*)\n/.exec(content.toString("utf8"))?.groups?.["path"];
}

function checkPath(path: string): void {
  if (path.startsWith("/") || path.split("/").includes("..")) throw new Error(`a member leaves the archive: "${path}"`);
}

async function writeMember(reader: ByteReader, member: Member, target: string): Promise<void> {
  if (!"0\0".includes(member.type)) throw new Error(`"${member.path}" is not a plain file`);
  const file = await open(target, "wx", 0o755);
  try {
    for await (const piece of pieces(reader, member.size)) await file.writeFile(piece);
  } finally {
    await file.close();
  }
}

async function skip(reader: ByteReader, size: number): Promise<void> {
  const rest = pieces(reader, size);
  while ((await rest.next()).done !== true);
}

async function readWhole(reader: ByteReader, size: number): Promise<Buffer> {
  if (size > pieceSize) throw new Error("a long name is too long");
  const parts: Buffer[] = [];
  for await (const piece of pieces(reader, size)) parts.push(piece);
  return Buffer.concat(parts);
}

async function* pieces(reader: ByteReader, size: number): AsyncGenerator<Buffer> {
  for (let left = size; left > 0; left -= pieceSize) yield await demand(reader, Math.min(left, pieceSize));
  const padding = (block - (size % block)) % block;
  if (padding > 0) await demand(reader, padding);
}

async function demand(reader: ByteReader, length: number): Promise<Buffer> {
  const bytes = await reader.read(length);
  if (bytes === undefined) throw new Error("it ends too early");
  return bytes;
}

function createReader(stream: AsyncIterable<Buffer>): ByteReader {
  const source = stream[Symbol.asyncIterator]();
  let held: Buffer[] = [];
  let heldLength = 0;
  return {
    async read(length) {
      while (heldLength < length) {
        const next = await source.next();
        if (next.done === true) break;
        held.push(next.value);
        heldLength += next.value.length;
      }
      if (heldLength === 0) return undefined;
      if (heldLength < length) throw new Error("it ends too early");
      const all = Buffer.concat(held);
      held = [all.subarray(length)];
      heldLength -= length;
      return all.subarray(0, length);
    },
  };
}
