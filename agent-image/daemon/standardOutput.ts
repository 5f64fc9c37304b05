// SPDX-License-Identifier: Apache-2.0
import { fstatSync, write } from "node:fs";
import { Socket } from "node:net";
import type { WriteBytes } from "./log.ts";

/**
 * A way to write to a file descriptor that never makes the process wait, neither while it runs nor when it ends. Node's own stream for
 * standard output blocks the whole process while the journal does, and a write in the thread pool would block its end.
 */
export function createOutput(descriptor: number): WriteBytes {
  const stats = fstatSync(descriptor);
  if (!stats.isFIFO() && !stats.isSocket()) return (bytes) => writeToFile(descriptor, bytes);
  const output = new Socket({ fd: descriptor, readable: false, writable: true });
  output.on("error", () => undefined); // the journal has gone: each write that follows is told so
  output.unref();
  return (bytes) =>
    new Promise((resolve, reject) => {
      output.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
}

/** Writes to standard output; see {@link createOutput}. */
export const writeStandardOutput = createOutput(1);

async function writeToFile(descriptor: number, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await writeSome(descriptor, bytes.subarray(done));
}

function writeSome(descriptor: number, bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, (error, written) => (error === null ? resolve(written) : reject(error)));
  });
}
