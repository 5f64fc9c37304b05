// SPDX-License-Identifier: Apache-2.0
import { write } from "node:fs";

/**
 * Writes to standard output without Node's own stream for it, which blocks the whole process while the journal does. Resolves when all
 * is written.
 */
export async function writeStandardOutput(bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await writeSome(bytes.subarray(done));
}

function writeSome(bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    write(1, bytes, (error, written) => (error === null ? resolve(written) : reject(error)));
  });
}
