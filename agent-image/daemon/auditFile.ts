// SPDX-License-Identifier: Apache-2.0
import { open, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "./syncFolder.ts";

/** A file of lines that only grows. Positions are bytes from its start. */
export interface AuditFile {
  /** Complete lines with their position after the line feed, from the start of the file. What follows the last line feed is not given. */
  lines(): AsyncIterable<{ readonly line: Buffer; readonly end: number }>;
  /** Writes at the position; resolves once the bytes are on the disk. */
  write(bytes: Buffer, position: number): Promise<void>;
  /** Cuts the file; resolves once that is on the disk. */
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

const LINE_FEED = 0x0a;
const CHUNK = 64 * 1024;

/** Opens or makes the file, readable by its owner only, and puts its name on the disk. */
export async function openAuditFile(path: string): Promise<AuditFile> {
  const handle = await open(path, "a+", 0o600);
  await handle.close();
  await syncFolder(dirname(path));
  // Not the handle from above: one opened for appending writes at the end, whatever position it is told.
  return asAuditFile(await open(path, "r+"));
}

function asAuditFile(handle: FileHandle): AuditFile {
  return {
    lines: () => readLines(handle),
    async write(bytes, position) {
      for (let done = 0; done < bytes.length;) {
        done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
      }
      await handle.datasync();
    },
    async truncate(length) {
      await handle.truncate(length);
      await handle.sync();
    },
    close: () => handle.close(),
  };
}

async function* readLines(handle: FileHandle): AsyncGenerator<{ line: Buffer; end: number }> {
  let rest = Buffer.alloc(0);
  for (let position = 0; ;) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(CHUNK), 0, CHUNK, position);
    if (bytesRead === 0) return;
    rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    position += bytesRead;
    for (let feed = rest.indexOf(LINE_FEED); feed !== -1; feed = rest.indexOf(LINE_FEED)) {
      const line = rest.subarray(0, feed);
      rest = rest.subarray(feed + 1);
      yield { line, end: position - rest.length };
    }
  }
}
